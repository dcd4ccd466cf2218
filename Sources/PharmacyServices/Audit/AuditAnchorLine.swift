/// A line of a file of anchors.
package struct AuditAnchorLine: Sendable {
    /// Counts from 1 within what was read; 0 for an anchor that is known from memory.
    let number: Int
    /// `nil` for a line that is no anchor.
    let anchor: AuditAnchor?
}
