/// How far the replacement of a tenant's identifiers by digests has come: rows up to this one have been looked at.
package enum IdentifierPosition: Hashable, Sendable {
    case patients(after: Int64)
    case orders(after: Int64)

    package static let start = IdentifierPosition.patients(after: 0)
}
