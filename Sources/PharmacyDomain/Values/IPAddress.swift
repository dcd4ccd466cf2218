/// An IPv4 or IPv6 address.
package struct IPAddress: Hashable, Sendable {
    /// Four bytes or sixteen, in network order.
    package let bytes: [UInt8]

    /// - Parameter bytes: four or sixteen; `nil` for any other number.
    package init?(bytes: [UInt8]) {
        guard bytes.count == 4 || bytes.count == 16 else { return nil }
        self.bytes = bytes
    }

    /// Reads dotted-decimal IPv4 (four numbers without leading zeros) or IPv6 (RFC 4291 §2.2), without a zone.
    package init?(_ text: String) {
        guard text.utf8.count <= 45, let bytes = IPAddress.ipv4(text[...]) ?? IPAddress.ipv6(text) else { return nil }
        self.bytes = bytes
    }

    /// The address in the form of `init(_:)`, without abbreviation.
    package var text: String {
        if bytes.count == 4 { return bytes.map { String($0) }.joined(separator: ".") }
        return stride(from: 0, to: 16, by: 2)
            .map { String(UInt16(bytes[$0]) << 8 | UInt16(bytes[$0 + 1]), radix: 16) }.joined(separator: ":")
    }

    package var isLoopback: Bool {
        switch embedded.bytes.count {
        case 4: embedded.bytes[0] == 127
        default: bytes == [UInt8](repeating: 0, count: 15) + [1]
        }
    }

    /// Whether the address is globally reachable: it is in no block of the IANA special-purpose registries (RFC 6890) and not a
    /// multicast address. An IPv4 address that is embedded in an IPv6 address is judged as an IPv4 address.
    package var isPublic: Bool {
        let address = embedded
        let blocks = address.bytes.count == 4 ? IPAddress.specialIPv4 : IPAddress.specialIPv6
        return !blocks.contains { $0.contains(address) }
    }

    /// The IPv4 address in an IPv4-mapped (`::ffff:0:0/96`) or NAT64 (`64:ff9b::/96`) address; else the address itself.
    package var embedded: IPAddress {
        guard bytes.count == 16 else { return self }
        let mapped = [UInt8](repeating: 0, count: 10) + [0xFF, 0xFF]
        let translated: [UInt8] = [0, 0x64, 0xFF, 0x9B] + [UInt8](repeating: 0, count: 8)
        let head = Array(bytes.prefix(12))
        guard head == mapped || head == translated else { return self }
        return IPAddress(bytes: Array(bytes.suffix(4))) ?? self
    }

    private static let specialIPv4 = [
        "0.0.0.0/8", "10.0.0.0/8", "100.64.0.0/10", "127.0.0.0/8", "169.254.0.0/16", "172.16.0.0/12", "192.0.0.0/24",
        "192.0.2.0/24", "192.31.196.0/24", "192.52.193.0/24", "192.88.99.0/24", "192.168.0.0/16", "192.175.48.0/24",
        "198.18.0.0/15", "198.51.100.0/24", "203.0.113.0/24", "224.0.0.0/4", "240.0.0.0/4",
    ].compactMap(IPAddressBlock.init)

    /// Everything outside global unicast (`2000::/3`), and the special blocks inside it.
    private static let specialIPv6 = [
        "::/3", "4000::/2", "8000::/1", "2001::/23", "2001:db8::/32", "2002::/16", "2620:4f:8000::/48", "3fff::/20",
    ].compactMap(IPAddressBlock.init)

    private static func ipv4(_ text: Substring) -> [UInt8]? {
        let parts = text.split(separator: ".", omittingEmptySubsequences: false)
        guard parts.count == 4 else { return nil }
        var bytes: [UInt8] = []
        for part in parts {
            guard (1...3).contains(part.utf8.count), part == "0" || part.utf8.first != UInt8(ascii: "0"),
                let number = ASCIIDigits.number(part.utf8), let byte = UInt8(exactly: number)
            else { return nil }
            bytes.append(byte)
        }
        return bytes
    }

    private static func ipv6(_ text: String) -> [UInt8]? {
        let halves = text.split(separator: "::", maxSplits: 2, omittingEmptySubsequences: false)
        guard halves.count <= 2, let head = groups(halves[0], mayEndInIPv4: halves.count == 1) else { return nil }
        guard halves.count == 2 else { return head.count == 16 ? head : nil }
        guard let tail = groups(halves[1], mayEndInIPv4: true), head.count + tail.count <= 14 else { return nil }
        return head + [UInt8](repeating: 0, count: 16 - head.count - tail.count) + tail
    }

    private static func groups(_ text: Substring, mayEndInIPv4: Bool) -> [UInt8]? {
        if text.isEmpty { return [] }
        var bytes: [UInt8] = []
        let parts = text.split(separator: ":", omittingEmptySubsequences: false)
        for (index, part) in parts.enumerated() {
            if mayEndInIPv4, index == parts.count - 1, part.contains(".") {
                guard let tail = ipv4(part) else { return nil }
                bytes += tail
                continue
            }
            guard (1...4).contains(part.utf8.count), part.allSatisfy(\.isHexDigit), let group = UInt16(part, radix: 16)
            else { return nil }
            bytes += [UInt8(group >> 8), UInt8(group & 0xFF)]
        }
        return bytes.count <= 16 ? bytes : nil
    }
}
