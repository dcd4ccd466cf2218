import HTTPTypes
import Logging
import Synchronization
import Testing

@testable import PartnerAPI

@Suite("Warning about an unconfigured reverse proxy")
struct UnconfiguredProxyWarningTests {
    private final class RecordedLines: Sendable {
        private let lines = Mutex<[String]>([])

        var all: [String] { lines.withLock(\.self) }
        func add(_ line: String) { lines.withLock { $0.append(line) } }
    }

    private struct Handler: LogHandler {
        let lines: RecordedLines
        var metadata: Logger.Metadata = [:]
        var logLevel = Logger.Level.trace

        subscript(metadataKey key: String) -> Logger.Metadata.Value? {
            get { metadata[key] }
            set { metadata[key] = newValue }
        }

        func log(event: LogEvent) { lines.add("\(event.level): \(event.message)") }
    }

    @Test(
        "The first forwarded request logs one warning, which does not contain the header's value",
        arguments: ["Forwarded", "X-Forwarded-For", "X-Forwarded-Proto"])
    func warns(name: String) throws {
        let lines = RecordedLines()
        let logger = Logger(label: "test") { _ in Handler(lines: lines) }
        let warning = UnconfiguredProxyWarning()
        warning.check([.accept: "application/json"], logger: logger)
        #expect(lines.all.isEmpty)
        let field = try #require(HTTPField.Name(name))
        for _ in 0..<3 { warning.check([field: "192.0.2.1"], logger: logger) }
        #expect(lines.all.count == 1)
        let line = try #require(lines.all.first)
        #expect(line.hasPrefix("warning: ") && line.contains("UP_TRUSTED_PROXIES"))
        #expect(!line.contains("192.0.2.1") && !line.contains("\n"))
    }
}
