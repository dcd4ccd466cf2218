package import PharmacyDomain

extension JSON {
    /// The JSON text for documents in the repository: indented, with a line feed at the end.
    package var indentedBytes: [UInt8] { Array((indented + "\n").utf8) }
}
