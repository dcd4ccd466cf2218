/// An entry of the audit log by its number and hash.
package struct AuditPosition: Hashable, Sendable {
    package let sequence: Int64
    package let hash: [UInt8]
}
