/// The progress of replacing a tenant's identifiers with digests: rows up to this one are done.
package enum IdentifierPosition: Hashable, Sendable {
    case patients(after: Int64)
    case orders(after: Int64)

    package static let start = IdentifierPosition.patients(after: 0)
}
