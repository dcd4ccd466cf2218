/// A resource in the exact bytes that the API sends, rendered by the wire encoder of one version.
package struct Representation: Hashable, Sendable, Redacted {
    /// The version of the encoder, 1 or more.
    package let version: Int
    /// The resource's identifier.
    package let id: String
    /// JSON in UTF-8.
    package let bytes: [UInt8]

    package init(version: Int, id: String, bytes: [UInt8]) {
        self.version = version
        self.id = id
        self.bytes = bytes
    }
}
