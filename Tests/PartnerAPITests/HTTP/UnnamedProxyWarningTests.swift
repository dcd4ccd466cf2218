import HTTPTypes
import Logging
import Synchronization
import Testing

@testable import PartnerAPI

@Suite("Signs of a reverse proxy that no setting names")
struct UnnamedProxyWarningTests {
    /// Keeps what is logged.
    private final class Lines: Sendable {
        private let kept = Mutex<[String]>([])

        var all: [String] { kept.withLock(\.self) }
        func add(_ line: String) { kept.withLock { $0.append(line) } }
    }

    private struct Handler: LogHandler {
        let lines: Lines
        var metadata: Logger.Metadata = [:]
        var logLevel = Logger.Level.trace

        subscript(metadataKey key: String) -> Logger.Metadata.Value? {
            get { metadata[key] }
            set { metadata[key] = newValue }
        }

        func log(event: LogEvent) { lines.add("\(event.level): \(event.message)") }
    }

    @Test(
        "The first request that a proxy has forwarded is warned of, without what it carried, and no other",
        arguments: ["Forwarded", "X-Forwarded-For", "X-Forwarded-Proto"])
    func warns(name: String) throws {
        let lines = Lines()
        let logger = Logger(label: "test") { _ in Handler(lines: lines) }
        let warning = UnnamedProxyWarning()
        warning.look(at: [.accept: "application/json"], logger: logger)
        #expect(lines.all.isEmpty)
        let field = try #require(HTTPField.Name(name))
        for _ in 0..<3 { warning.look(at: [field: "192.0.2.1"], logger: logger) }
        #expect(lines.all.count == 1)
        let line = try #require(lines.all.first)
        #expect(line.hasPrefix("warning: ") && line.contains("UP_TRUSTED_PROXIES"))
        #expect(!line.contains("192.0.2.1") && !line.contains("\n"))
    }
}
