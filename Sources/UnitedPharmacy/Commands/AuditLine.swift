internal import PharmacyDomain
internal import PharmacyStore

/// An entry of the audit log, as JSON or text for the operator.
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
