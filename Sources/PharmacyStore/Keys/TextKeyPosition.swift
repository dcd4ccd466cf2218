/// How far the conversion of a tenant's digests of text has come: rows up to this one have been looked at.
package enum TextKeyPosition: Hashable, Sendable {
    case patients(after: Int64)
    case orders(after: Int64)

    package static let start = TextKeyPosition.patients(after: 0)
}
