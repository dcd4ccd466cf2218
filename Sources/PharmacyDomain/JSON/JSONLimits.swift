/// What one JSON text may have, beyond its size in bytes.
package struct JSONLimits: Sendable {
    /// Members of one object.
    let members: Int
    /// Values in all, those of members and elements included.
    let values: Int
    /// Bytes of a member's name.
    let nameLength: Int
    /// Bytes of a string, unescaped.
    let stringLength: Int
    /// Whether more combining marks in a row than `String.markRunLimit` are refused: what comes from outside must not have
    /// them, as comparing such strings takes the square of their length.
    let refusesLongMarkRuns: Bool

    /// Bytes of a number: more than the longest decimal that a `Double` needs to be told from its neighbors (767 digits).
    static let numberLength = 1_024

    /// Of requests. The largest body that an operation takes is a batch of 100 orders, some thousands of short values. A string
    /// may be as long as the body: whoever reads the member says how long that one may be.
    package static let request = JSONLimits(
        members: 256, values: 10_000, nameLength: 256, stringLength: 1_048_576, refusesLongMarkRuns: true)

    /// Of what a pharmacies' system sends, whose catalogs have as many products as they have.
    package static let response = JSONLimits(
        members: 10_000, values: .max, nameLength: 1_024, stringLength: 1_048_576, refusesLongMarkRuns: true)

    /// Of what this program has written.
    package static let stored = JSONLimits(
        members: .max, values: .max, nameLength: .max, stringLength: .max, refusesLongMarkRuns: false)
}
