/// An entry of the audit log.
package struct AuditEntry: Hashable, Sendable {
    /// Counts from 1, without gaps.
    package let sequence: Int64
    package let event: AuditEvent

    package init(sequence: Int64, event: AuditEvent) {
        self.sequence = sequence
        self.event = event
    }

    /// Adds the bytes that the chain authenticates. Each field is preceded by its length, so that different entries have different
    /// bytes, and an absent field differs from an empty one.
    package func writeCanonicalBytes(to bytes: inout [UInt8]) {
        bytes.append(AuditEntry.format)
        AuditEntry.write(sequence, to: &bytes)
        AuditEntry.write(event.at.milliseconds, to: &bytes)
        for text in [event.tenant?.description, event.actor.description, event.action.rawValue, event.requestID] {
            AuditEntry.write(text, to: &bytes)
        }
        AuditEntry.write(Int64(event.subjects.count), to: &bytes)
        for subject in event.subjects { AuditEntry.write(subject, to: &bytes) }
    }

    private static let format: UInt8 = 1

    private static func write(_ number: Int64, to bytes: inout [UInt8]) {
        withUnsafeBytes(of: number.bigEndian) { bytes.append(contentsOf: $0) }
    }

    private static func write(_ text: String?, to bytes: inout [UInt8]) {
        guard let text else { return bytes.append(0) }
        bytes.append(1)
        write(Int64(text.utf8.count), to: &bytes)
        bytes.append(contentsOf: text.utf8)
    }
}
