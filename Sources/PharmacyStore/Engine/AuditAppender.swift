package import PharmacyDomain
internal import Synchronization

/// Writes the audit events of a transaction.
package typealias AppendAuditEvents = @Sendable ([AuditEvent], any SQLConnection) throws -> Void

/// Appends the audit events of a transaction to the audit log before the commit. The function that does so is set when the
/// chain's key is known.
final class AuditAppender: Sendable {
    private let append = Mutex<AppendAuditEvents?>(nil)

    func begin(_ append: @escaping AppendAuditEvents) { self.append.withLock { $0 = append } }

    func append(_ events: [AuditEvent], in db: any SQLConnection) throws {
        guard let append = append.withLock(\.self) else { throw StoreError.broken("the audit log was not opened") }
        try append(events, db)
    }
}
