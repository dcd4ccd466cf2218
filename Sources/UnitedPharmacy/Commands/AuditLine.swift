internal import Glibc
internal import PharmacyDomain
internal import PharmacyServices
internal import PharmacyStore

/// An entry of the audit log as the operator sees it.
struct AuditLine {
    let line: ChainedAuditEntry

    init(_ line: ChainedAuditEntry) { self.line = line }

    private var members: [JSON.Member] {
        guard let event = line.entry?.event else {
            return [JSON.Member("sequence", .integer(line.sequence)), JSON.Member("unreadable", true)]
        }
        return [
            JSON.Member("sequence", .integer(line.sequence)),
            JSON.Member("at", JSON(event.at)),
            JSON.Member("at_ms", .integer(event.at.milliseconds)),
            JSON.Member("tenant", JSON(event.tenant?.description)),
            JSON.Member("actor", .string(event.actor.description)),
            JSON.Member("action", .string(event.action.rawValue)),
            JSON.Member("subjects", .array(event.subjects.map(JSON.string))),
            JSON.Member("request_id", JSON(event.requestID)),
        ]
    }

    var json: JSON { .object(members + [JSON.Member("hash", .string(Hexadecimal.text(line.hash)))]) }

    func json(after previous: [UInt8]) -> JSON {
        .object(
            members + [
                JSON.Member("previous_hash", .string(Hexadecimal.text(previous))),
                JSON.Member("hash", .string(Hexadecimal.text(line.hash))),
            ])
    }

    var text: String {
        guard let event = line.entry?.event else { return "\(line.sequence)  unreadable" }
        return
            ([
                String(line.sequence), event.at.description, event.actor.description, event.action.rawValue,
                event.requestID ?? "-",
            ] + event.subjects).joined(separator: "  ")
    }
}

/// Standard output for what must arrive whole, such as an export.
enum StandardOutput {
    /// Writes one line.
    /// - Throws: `ConfigurationError` when it is not taken, by a full disk for one.
    static func write(_ line: [UInt8]) throws {
        var rest = (line + [UInt8(ascii: "\n")])[...]
        while !rest.isEmpty {
            let count = rest.withUnsafeBytes { Glibc.write(STDOUT_FILENO, $0.baseAddress, $0.count) }
            guard count > 0 || errno == EINTR else {
                throw ConfigurationError(description: "Standard output could not be written.")
            }
            rest = rest.dropFirst(max(0, count))
        }
    }
}
