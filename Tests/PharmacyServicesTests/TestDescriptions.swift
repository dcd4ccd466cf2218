import PharmacyDomain
import Testing

extension JSON: CustomTestStringConvertible {
    /// The JSON text, without which a failing case shows a dump of the enumeration.
    package var testDescription: String { String(decoding: bytes, as: UTF8.self) }
}
