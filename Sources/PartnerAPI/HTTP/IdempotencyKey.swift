package import HTTPTypes
package import PharmacyDomain

/// The `Idempotency-Key` header: 1 to 255 visible ASCII characters, bare or as a quoted string (RFC 8941 §3.3.3).
package struct IdempotencyKey: Hashable, Sendable {
    /// The most characters a key may have.
    package static let lengthLimit = 255
    /// What values of the header look like.
    package static let pattern =
        #"^(?:[!#-~][!-~]{0,254}|"(?:[!#-\[\]-~]|\\["\\]){1,255}")$"#

    /// The key without quotation marks.
    package let text: String

    /// Reads the value of the header; `nil` for one that is no key.
    package init?(_ value: String) {
        // Quoted, each character may have a backslash in front of it.
        guard value.utf8.count <= 2 * IdempotencyKey.lengthLimit + 2,
            let bytes = value.utf8.first == UInt8(ascii: "\"") ? IdempotencyKey.unquoted(value) : Array(value.utf8),
            (1...IdempotencyKey.lengthLimit).contains(bytes.count), bytes.allSatisfy({ (0x21...0x7E).contains($0) })
        else { return nil }
        self.text = String(decoding: bytes, as: UTF8.self)
    }

    /// The key among `headers`; `nil` where there is none.
    /// - Throws: where there is one that cannot be read.
    package init?(headers: HTTPFields) throws(ValidationErrors) {
        guard let value = headers[.idempotencyKey] else { return nil }
        guard let key = IdempotencyKey(value) else {
            throw ValidationErrors("Idempotency-Key", "Idempotency-Key must be 1 to 255 visible ASCII characters.")
        }
        self = key
    }

    /// What stands between the quotation marks; only these and backslashes are escaped.
    private static func unquoted(_ value: String) -> [UInt8]? {
        var output: [UInt8] = []
        var iterator = value.utf8.dropFirst().makeIterator()
        while let byte = iterator.next() {
            switch byte {
            case UInt8(ascii: "\""): return iterator.next() == nil ? output : nil
            case UInt8(ascii: "\\"):
                guard let next = iterator.next(), next == UInt8(ascii: "\"") || next == UInt8(ascii: "\\") else {
                    return nil
                }
                output.append(next)
            default: output.append(byte)
            }
        }
        return nil
    }
}
