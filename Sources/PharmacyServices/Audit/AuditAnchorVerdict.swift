package import PharmacyDomain

/// The result of comparing anchors with the log.
package enum AuditAnchorVerdict: Hashable, Sendable {
    /// Every anchor is genuine, and its entry is in the log, was removed by retention, or is an accepted loss.
    case matched(anchors: Int, newest: AuditMark?, acceptedLosses: Int)
    /// The number of problems, and the first of them.
    case failed(AuditAnchorFinding, count: Int)
}
