/// What is wrong with an entry of the audit log.
package enum AuditFault: String, Sendable {
    case missing = "the entry is missing"
    case altered = "the entry was altered"
    case alteredHead = "the head of the chain was altered"
    case otherMark = "the entry is not the one that was noted"
}
