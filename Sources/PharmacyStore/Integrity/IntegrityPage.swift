/// The result of checking a page of a walk.
package struct IntegrityPage: Sendable {
    /// The position after which the next page begins; `nil` at the end.
    package let next: Int64?
    package let records: Int
    package let findings: [IntegrityFinding]
}
