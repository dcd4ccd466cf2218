/// One thing that was done: who did what to which things in which request. Never what the things contain.
package struct AuditEvent: Hashable, Sendable {
    package let at: Timestamp
    /// `nil` for what belongs to the whole installation.
    package let tenant: TenantID?
    package let actor: AuditActor
    package let action: AuditAction
    /// The ids of what was done something to, in the order of the answer: none contains a space.
    package let subjects: [String]
    /// The `X-Request-Id`; `nil` for what no request asked for.
    package let requestID: String?

    package init(
        at: Timestamp, tenant: TenantID?, actor: AuditActor, action: AuditAction, subjects: [String],
        requestID: String?
    ) {
        self.at = at
        self.tenant = tenant
        self.actor = actor
        self.action = action
        self.subjects = subjects
        self.requestID = requestID
    }
}

/// One line of the audit log.
package struct AuditEntry: Hashable, Sendable {
    /// Counts from 1, without gaps.
    package let sequence: Int64
    package let event: AuditEvent

    package init(sequence: Int64, event: AuditEvent) {
        self.sequence = sequence
        self.event = event
    }

    /// The bytes that the chain is made over: each field with its length before it, so that no two different entries
    /// have the same. A field that is not there is told from an empty one.
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

/// Which lines of the audit log are wanted; what is `nil` does not narrow.
package struct AuditFilter: Hashable, Sendable {
    package var tenant: TenantID?
    package var action: AuditAction?
    package var actor: AuditActor?
    /// An id among the subjects.
    package var subject: String?
    /// The id of the request that did it.
    package var requestID: String?
    package var since: Timestamp?
    package var until: Timestamp?

    package init() {}
}
