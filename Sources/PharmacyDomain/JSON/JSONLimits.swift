/// The limits of one JSON text, in addition to its size in bytes.
package struct JSONLimits: Sendable {
    /// Members of one object.
    let members: Int
    /// The total number of values, including those of members and elements.
    let values: Int
    /// Bytes of a member's name.
    let nameLength: Int
    /// Bytes of a string without escapes.
    let stringLength: Int
    /// Whether more consecutive combining marks than `String.markRunLimit` are refused. Text from outside must not have them,
    /// because comparing such strings takes time in proportion to the square of their length.
    let refusesLongMarkRuns: Bool

    /// Bytes of a number: more than the longest decimal that distinguishes a `Double` from its neighbors (767 digits).
    static let numberLength = 1_024

    /// For requests. The largest body that an operation accepts is a batch of 100 orders with some thousands of short values. A
    /// string may be as long as the body; the reader of a member checks its own limit.
    package static let request = JSONLimits(
        members: 256, values: 10_000, nameLength: 256, stringLength: 1_048_576, refusesLongMarkRuns: true)

    /// For responses of a pharmacy system, whose catalogs may have any number of products.
    package static let response = JSONLimits(
        members: 10_000, values: .max, nameLength: 1_024, stringLength: 1_048_576, refusesLongMarkRuns: true)

    /// For JSON that this program has written.
    package static let stored = JSONLimits(
        members: .max, values: .max, nameLength: .max, stringLength: .max, refusesLongMarkRuns: false)
}
