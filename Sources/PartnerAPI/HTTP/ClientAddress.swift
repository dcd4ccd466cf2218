package import PharmacyDomain

/// Finds the address of the client behind reverse proxies, for rate limits.
package enum ClientAddress {
    /// The maximum number of consecutive proxies that are followed. It is higher than in any real network.
    package static let hopLimit = 32
    /// The maximum length of one address in bytes, with brackets and port.
    private static let hopLength = 64

    /// The address of the nearest host that is not a trusted proxy.
    ///
    /// If the peer is a trusted proxy, `X-Forwarded-For` is read from right to left for as long as trusted proxies
    /// added the entries. Entries further left may be forged by the client.
    /// - Parameters:
    ///   - peer: the address of the other end of the connection.
    ///   - forwarded: the value of `X-Forwarded-For`; several fields are joined with commas.
    package static func nearest(peer: IPAddress, forwarded: String?, trusting proxies: [IPAddressBlock]) -> IPAddress {
        var address = peer.embedded
        guard let forwarded else { return address }
        var hops = LastHops(forwarded.utf8, longest: hopLength)
        for _ in 0..<hopLimit {
            guard proxies.contains(where: { $0.contains(address) }), let hop = hops.next(), let next = parse(hop) else {
                break
            }
            address = next.embedded
        }
        return address
    }

    /// The entries of a comma-separated list, from right to left. It ends at the first entry that is longer than an
    /// address, and never reads the bytes to the left of it.
    struct LastHops<Bytes: BidirectionalCollection<UInt8>> {
        private let bytes: Bytes
        private let longest: Int
        /// The end of the next entry; `nil` after the leftmost.
        private var end: Bytes.Index?

        init(_ bytes: Bytes, longest: Int) {
            self.bytes = bytes
            self.longest = longest
            end = bytes.endIndex
        }

        mutating func next() -> String? {
            guard let end else { return nil }
            var start = end
            var part: [UInt8] = []
            while start > bytes.startIndex {
                let before = bytes.index(before: start)
                let byte = bytes[before]
                if byte == UInt8(ascii: ",") {
                    self.end = before
                    return String(decoding: part.reversed(), as: UTF8.self)
                }
                part.append(byte)
                start = before
                guard part.count <= longest else { return nil }
            }
            self.end = nil
            return String(decoding: part.reversed(), as: UTF8.self)
        }
    }

    /// The key that identifies a client in rate limits: its IPv4 address, or the /64 prefix of its IPv6 address,
    /// because one customer usually has a whole /64.
    package static func key(_ address: IPAddress) -> String {
        let bytes = address.bytes
        if bytes.count == 4 { return bytes.map { String($0) }.joined(separator: ".") }
        return stride(from: 0, to: 8, by: 2).map { String(UInt16(bytes[$0]) << 8 | UInt16(bytes[$0 + 1]), radix: 16) }
            .joined(separator: ":")
    }

    /// Parses an address as proxies write it: with or without brackets, with or without a port.
    private static func parse(_ hop: String) -> IPAddress? {
        let text = hop.trimmed
        if let address = IPAddress(text) { return address }
        if text.hasPrefix("["), let end = text.firstIndex(of: "]") {
            return IPAddress(String(text[text.index(after: text.startIndex)..<end]))
        }
        return text.split(separator: ":", omittingEmptySubsequences: false).first.flatMap { IPAddress(String($0)) }
    }
}
