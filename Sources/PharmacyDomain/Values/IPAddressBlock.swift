/// The block of addresses whose first `length` bits are those of `prefix` (CIDR, RFC 4632).
package struct IPAddressBlock: Hashable, Sendable {
    package let prefix: IPAddress
    /// In bits, 0 to 32 or 128.
    package let length: Int

    /// Reads `10.0.0.0/8`, or a single address.
    package init?(_ text: String) {
        let parts = text.split(separator: "/", maxSplits: 1, omittingEmptySubsequences: false)
        guard let first = parts.first, let prefix = IPAddress(String(first)) else { return nil }
        let bits = prefix.bytes.count * 8
        guard let length = parts.count == 2 ? ASCIIDigits.number(parts[1].utf8) : bits, length <= bits else {
            return nil
        }
        self.prefix = prefix
        self.length = length
    }

    /// Reads blocks that are separated by commas; `nil` where one of them cannot be read, or there is none.
    package static func list(_ text: String) -> [IPAddressBlock]? {
        let parts = text.split(separator: ",", omittingEmptySubsequences: false).map { String($0).trimmed }
        let blocks = parts.compactMap(IPAddressBlock.init)
        return blocks.count == parts.count && !blocks.isEmpty ? blocks : nil
    }

    package func contains(_ address: IPAddress) -> Bool {
        guard address.bytes.count == prefix.bytes.count else { return false }
        for (index, (left, right)) in zip(address.bytes, prefix.bytes).enumerated() {
            let bits = min(8, length - 8 * index)
            if bits <= 0 { break }
            if (left ^ right) >> UInt8(8 - bits) != 0 { return false }
        }
        return true
    }
}
