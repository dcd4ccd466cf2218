/// The progress of recomputing a tenant's digests of text: rows up to this one are done.
package enum TextKeyPosition: Hashable, Sendable {
    case patients(after: Int64)
    case orders(after: Int64)

    package static let start = TextKeyPosition.patients(after: 0)
}
