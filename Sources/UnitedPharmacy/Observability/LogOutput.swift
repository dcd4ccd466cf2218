internal import FoundationEssentials
internal import Glibc
internal import Logging
internal import PharmacyDomain

/// Logs on standard error, a line for each entry: for people, or as JSON.
struct LogOutput: LogHandler {
    var logLevel: Logger.Level
    var metadata: Logger.Metadata = [:]
    private let label: String
    private let format: LogFormat

    /// Must be called once, before the first logger is made.
    static func bootstrap(level: Logger.Level, format: LogFormat) {
        LoggingSystem.bootstrap { LogOutput(label: $0, level: level, format: format) }
    }

    init(label: String, level: Logger.Level, format: LogFormat) {
        self.label = label
        self.logLevel = level
        self.format = format
    }

    subscript(metadataKey key: String) -> Logger.Metadata.Value? {
        get { metadata[key] }
        set { metadata[key] = newValue }
    }

    func log(event: LogEvent) {
        Terminal.write(line(of: event, at: Timestamp(Date())), to: STDERR_FILENO)
    }

    /// An entry as one line, whatever line ends its parts hold.
    func line(of event: LogEvent, at now: Timestamp) -> String {
        let details = metadata.merging(event.metadata ?? [:]) { _, new in new }.sorted { $0.key < $1.key }
        switch format {
        case .text:
            let tail = details.map { " \($0.key)=\($0.value)" }.joined()
            return "\(now) \(event.level) \(label): \(event.message)\(tail)"
                .split(omittingEmptySubsequences: false, whereSeparator: \.isNewline).joined(separator: "\\n")
        case .json:
            let entry = JSON.object(
                [
                    JSON.Member("time", JSON(now)),
                    JSON.Member("level", .string(event.level.rawValue)),
                    JSON.Member("label", .string(label)),
                    JSON.Member("message", .string("\(event.message)")),
                ] + details.map { JSON.Member($0.key, .string("\($0.value)")) })
            return String(decoding: entry.bytes, as: UTF8.self)
        }
    }
}
