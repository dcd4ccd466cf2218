package import PharmacyDomain

/// A JSON document as it is kept: the bytes that the API sends.
package struct Document: Hashable, Sendable, Redacted {
    package let bytes: [UInt8]

    package init(bytes: [UInt8]) {
        self.bytes = bytes
    }

    package init(_ json: JSON) {
        self.bytes = json.bytes
    }
}

extension Document {
    /// The document's `uuid`, which is the first member of every document that has one.
    package var uuid: String? {
        let start = Array("{\"uuid\":\"".utf8)
        if bytes.starts(with: start), bytes.count > start.count + 36 {
            return String(decoding: bytes[start.count..<(start.count + 36)], as: UTF8.self)
        }
        return (try? JSON.parse(bytes))?["uuid"]?.text
    }
}
