/// A line of a file of anchors.
package struct AuditAnchorLine: Sendable {
    /// Counts from 1 in the bytes that were read; 0 for an anchor in memory.
    let number: Int
    /// `nil` for a line that is not an anchor.
    let anchor: AuditAnchor?
}
