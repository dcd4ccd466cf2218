package import PharmacyDomain

/// Tells whose request it is by the address it came from.
package enum ClientAddress {
    /// The most proxies in a row that are followed: more than any network has in front of a server.
    package static let hopLimit = 32
    /// The most bytes of one address, with brackets and a port.
    private static let hopLength = 64

    /// The address of the nearest host that is not a proxy of ours: the peer, or where the peer is a trusted proxy, what
    /// the proxies say of it in `X-Forwarded-For`, read from the right as far as trusted hosts wrote it. Anything further
    /// left may be the client's own invention.
    /// - Parameters:
    ///   - peer: the other end of the connection.
    ///   - forwarded: the values of `X-Forwarded-For`, those of several fields with commas between them.
    package static func nearest(peer: IPAddress, forwarded: String?, trusting proxies: [IPAddressBlock]) -> IPAddress {
        var address = peer.embedded
        guard let forwarded else { return address }
        var hops = LastHops(forwarded.utf8, longest: hopLength)
        for _ in 0..<hopLimit {
            guard proxies.contains(where: { $0.contains(address) }), let hop = hops.next(), let next = read(hop) else {
                break
            }
            address = next.embedded
        }
        return address
    }

    /// The parts between commas, from the last one on; ends at one that is longer than an address. Nothing further left is
    /// looked at.
    struct LastHops<Bytes: BidirectionalCollection<UInt8>> {
        private let bytes: Bytes
        private let longest: Int
        /// Where the part behind the next one begins; `nil` after the first.
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

    /// What tells one client from another: the address, or for IPv6 its /64, which is what one customer has.
    package static func key(_ address: IPAddress) -> String {
        let bytes = address.bytes
        if bytes.count == 4 { return bytes.map { String($0) }.joined(separator: ".") }
        return stride(from: 0, to: 8, by: 2).map { String(UInt16(bytes[$0]) << 8 | UInt16(bytes[$0 + 1]), radix: 16) }
            .joined(separator: ":")
    }

    /// An address as proxies write it: bare, in brackets, and with a port or without.
    private static func read(_ hop: String) -> IPAddress? {
        let text = hop.trimmed
        if let address = IPAddress(text) { return address }
        if text.hasPrefix("["), let end = text.firstIndex(of: "]") {
            return IPAddress(String(text[text.index(after: text.startIndex)..<end]))
        }
        return text.split(separator: ":", omittingEmptySubsequences: false).first.flatMap { IPAddress(String($0)) }
    }
}
