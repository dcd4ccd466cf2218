/// An entry of the audit log.
package struct AuditEntry: Hashable, Sendable {
    /// Counts from 1, without gaps.
    package let sequence: Int64
    package let event: AuditEvent

    package init(sequence: Int64, event: AuditEvent) {
        self.sequence = sequence
        self.event = event
    }

    /// The bytes that the chain authenticates. Each field is preceded by its length, so that different entries have different bytes,
    /// and an absent field differs from an empty one.
    package var canonicalBytes: [UInt8] {
        var bytes: [UInt8] = [AuditEntry.format]
        bytes += AuditEntry.number(sequence) + AuditEntry.number(event.at.milliseconds)
        bytes += AuditEntry.field(event.tenant?.description) + AuditEntry.field(event.actor.description)
        bytes += AuditEntry.field(event.action.rawValue) + AuditEntry.field(event.requestID)
        bytes += AuditEntry.number(Int64(event.subjects.count))
        for subject in event.subjects { bytes += AuditEntry.field(subject) }
        return bytes
    }

    private static let format: UInt8 = 1

    private static func number(_ number: Int64) -> [UInt8] {
        (0..<8).map { UInt8(truncatingIfNeeded: number >> (56 - 8 * $0)) }
    }

    private static func field(_ text: String?) -> [UInt8] {
        guard let text else { return [0] }
        return [1] + number(Int64(text.utf8.count)) + Array(text.utf8)
    }
}
