internal import FoundationEssentials
internal import Glibc
internal import Logging
internal import PharmacyDomain

/// Writes log entries to standard error, one line each, as text or JSON.
struct LogOutput: LogHandler {
    var logLevel: Logger.Level
    var metadata: Logger.Metadata = [:]
    private let label: String
    private let format: LogFormat

    /// Must be called once, before the first logger is created.
    static func bootstrap(level: Logger.Level, format: LogFormat) {
        LoggingSystem.bootstrap { LogOutput(label: $0, level: level, format: format) }
        atexit { LogQueue.shared.flush() }
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
        LogQueue.shared.append(LogQueue.Entry(output: self, event: event, at: Timestamp(Date())))
    }

    /// An entry as one line, even if its parts contain line ends.
    func line(of event: LogEvent, at now: Timestamp) -> String {
        switch format {
        case .text:
            var line = "\(now) \(event.level) \(label): \(event.message)"
            for (name, value) in details(of: event) {
                line += " "
                line += name
                line += "="
                if case .string(let text) = value { line += text } else { line += "\(value)" }
            }
            return line.utf8.contains(where: LogOutput.mayEndLine)
                ? line.split(omittingEmptySubsequences: false, whereSeparator: \.isNewline).joined(separator: "\\n")
                : line
        case .json:
            return LogOutput.entry(
                event.level.rawValue, label: label, "\(event.message)", at: now,
                details: details(of: event).map { JSON.Member(LogOutput.memberName($0.name), LogOutput.json($0.value)) }
            )
        }
    }

    /// The metadata of the event and of the logger, by name. The event's replaces the logger's.
    private func details(of event: LogEvent) -> [(name: String, value: Logger.MetadataValue)] {
        let own = event.metadata ?? [:]
        var details = own.map { (name: $0.key, value: $0.value) }
        details += metadata.lazy.filter { own[$0.key] == nil }.map { (name: $0.key, value: $0.value) }
        details.sort { $0.name < $1.name }
        return details
    }

    /// Whether a byte is part of a line end, or of a character that might be one.
    private static func mayEndLine(_ byte: UInt8) -> Bool { byte < 0x20 || byte >= 0x80 }

    // MARK: JSON

    /// An entry without a logger: for lines before logging is set up, and for lines for the terminal.
    static func line(_ level: Terminal.Level, _ message: String) -> String {
        entry(level.rawValue, label: "united-pharmacy", message, at: Timestamp(Date()), details: [])
    }

    private static func entry(
        _ level: String, label: String, _ message: String, at now: Timestamp, details: [JSON.Member]
    ) -> String {
        let members = [
            JSON.Member("time", JSON(now)), JSON.Member("level", .string(level)),
            JSON.Member("label", .string(label)), JSON.Member("message", .string(message)),
        ]
        return String(decoding: JSON.object(members + details).bytes, as: UTF8.self)
    }

    /// The name of a detail, changed if it would replace a member that every entry has.
    private static func memberName(_ key: String) -> String {
        ["time", "level", "label", "message"].contains(key) ? key + "_" : key
    }

    /// A detail with its own type. Text stays text even if it consists of digits: it may be an id.
    private static func json(_ value: Logger.MetadataValue) -> JSON {
        switch value {
        case .string(let text): .string(text)
        case .stringConvertible(let value): number(value) ?? .string("\(value)")
        case .array(let values): .array(values.map(json))
        case .dictionary(let members):
            .object(members.sorted { $0.key < $1.key }.map { JSON.Member($0.key, json($0.value)) })
        }
    }

    /// The value as a JSON number or boolean; `nil` for other types.
    private static func number(_ value: any CustomStringConvertible & Sendable) -> JSON? {
        switch value {
        case let isTrue as Bool: return .bool(isTrue)
        case let number as any BinaryInteger: return Int64(exactly: number).map(JSON.integer)
        case let number as Double: return number.isFinite ? .number(number) : nil
        case let number as Float: return number.isFinite ? .number(Double(number)) : nil
        default: return nil
        }
    }
}
