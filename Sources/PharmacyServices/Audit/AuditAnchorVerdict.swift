/// What comparing anchors with the log has come to.
package enum AuditAnchorVerdict: Hashable, Sendable {
    /// Every anchor is genuine, and its entry is in the log, or was removed by retention, or its loss was accepted.
    case held(anchors: Int, newest: AuditMark?, acceptedLosses: Int)
    /// How many anchors are not as they should be, and the first of them.
    case failed(AuditAnchorFinding, count: Int)
}
