package import PharmacyDomain

/// Tells whose request it is by the address it came from.
package enum ClientAddress {
    /// The address of the nearest host that is not a proxy of ours: the peer, or where the peer is a trusted proxy, what
    /// the proxies say of it in `X-Forwarded-For`, read from the right as far as trusted hosts wrote it. Anything further
    /// left may be the client's own invention.
    /// - Parameters:
    ///   - peer: the other end of the connection.
    ///   - forwarded: the values of `X-Forwarded-For`, those of several fields with commas between them.
    package static func nearest(peer: IPAddress, forwarded: String?, trusting proxies: [IPAddressBlock]) -> IPAddress {
        var address = peer.embedded
        guard let forwarded else { return address }
        var hops = forwarded.split(separator: ",", omittingEmptySubsequences: false)[...]
        while proxies.contains(where: { $0.contains(address) }), let hop = hops.popLast(), let next = read(hop) {
            address = next.embedded
        }
        return address
    }

    /// What tells one client from another: the address, or for IPv6 its /64, which is what one customer has.
    package static func key(_ address: IPAddress) -> String {
        let bytes = address.bytes
        if bytes.count == 4 { return bytes.map { String($0) }.joined(separator: ".") }
        return stride(from: 0, to: 8, by: 2).map { String(UInt16(bytes[$0]) << 8 | UInt16(bytes[$0 + 1]), radix: 16) }
            .joined(separator: ":")
    }

    /// An address as proxies write it: bare, in brackets, and with a port or without.
    private static func read(_ hop: Substring) -> IPAddress? {
        let text = String(hop).trimmed
        if let address = IPAddress(text) { return address }
        if text.hasPrefix("["), let end = text.firstIndex(of: "]") {
            return IPAddress(String(text[text.index(after: text.startIndex)..<end]))
        }
        return text.split(separator: ":", omittingEmptySubsequences: false).first.flatMap { IPAddress(String($0)) }
    }
}
