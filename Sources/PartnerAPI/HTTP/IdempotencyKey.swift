package import HTTPTypes
package import PharmacyDomain
import RawStructuredFieldValues

/// The `Idempotency-Key` header: 1 to 255 visible ASCII characters, bare or as a quoted string (RFC 8941 §3.3.3).
package struct IdempotencyKey: Hashable, Sendable {
    /// The maximum length in characters.
    package static let lengthLimit = 255
    /// The regular expression of the header's values, for the OpenAPI document.
    package static let pattern =
        #"^(?:[!#-~][!-~]{0,254}|"(?:[!#-\[\]-~]|\\["\\]){1,255}")$"#

    /// The key, unquoted.
    package let text: String

    /// Reads the value of the header; `nil` for a value that is not a key.
    package init?(_ value: String) {
        // In a quoted string, a backslash may precede each character.
        guard value.utf8.count <= 2 * IdempotencyKey.lengthLimit + 2 else { return nil }
        let isQuoted = value.utf8.first == UInt8(ascii: "\"")
        guard let text = isQuoted ? IdempotencyKey.unquoted(value) : value,
            (1...IdempotencyKey.lengthLimit).contains(text.utf8.count),
            text.utf8.allSatisfy({ (0x21...0x7E).contains($0) })
        else { return nil }
        self.text = text
    }

    /// The key in `headers`; `nil` if there is none.
    /// - Throws: `ValidationErrors` if the key is not valid.
    package init?(headers: HTTPFields) throws(ValidationErrors) {
        guard let value = headers[.idempotencyKey] else { return nil }
        guard let key = IdempotencyKey(value) else {
            throw ValidationErrors("Idempotency-Key", "Idempotency-Key must be 1 to 255 visible ASCII characters.")
        }
        self = key
    }

    /// The content of a quoted string. Parameters after it are refused: they could not be ignored safely.
    private static func unquoted(_ value: String) -> String? {
        var parser = StructuredFieldValueParser(Array(value.utf8))
        guard value.utf8.last == UInt8(ascii: "\""), let item = try? parser.parseItemFieldValue(),
            item.rfc9651Parameters.count == 0, case .string(let text) = item.rfc9651BareItem
        else { return nil }
        return text
    }
}
