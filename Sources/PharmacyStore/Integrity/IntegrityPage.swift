/// What one page of a walk came to.
package struct IntegrityPage: Sendable {
    /// The position behind which the next page begins; `nil` at the end.
    package let next: Int64?
    package let records: Int
    package let findings: [IntegrityFinding]
}
