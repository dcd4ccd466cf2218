/// What is wrong with an anchor, or with the log that it is compared with.
package enum AuditAnchorFault: String, Sendable {
    case unreadable = "the line is not an anchor"
    case otherInstallation = "the anchor is another installation's"
    case forged = "the anchor's signature is not valid"
    case behind = "the log ends before the anchored entry"
    case missing = "the anchored entry is missing"
    case otherEntry = "the entry is not the one that was anchored"
}
