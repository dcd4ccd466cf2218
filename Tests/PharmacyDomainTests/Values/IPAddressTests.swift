import PharmacyDomain
import Testing

@Suite("IP addresses")
struct IPAddressTests {
    @Test(
        "The usual forms are read",
        arguments: [
            ("127.0.0.1", [127, 0, 0, 1]), ("0.0.0.0", [0, 0, 0, 0]), ("255.255.255.255", [255, 255, 255, 255]),
            ("::", [UInt8](repeating: 0, count: 16)), ("::1", [UInt8](repeating: 0, count: 15) + [1]),
            ("2001:db8::8a2e:370:7334", [0x20, 1, 0x0D, 0xB8, 0, 0, 0, 0, 0, 0, 0x8A, 0x2E, 3, 0x70, 0x73, 0x34]),
            (
                "2001:0DB8:0:0:0:8A2E:0370:7334",
                [0x20, 1, 0x0D, 0xB8, 0, 0, 0, 0, 0, 0, 0x8A, 0x2E, 3, 0x70, 0x73, 0x34]
            ),
            ("fe80::", [0xFE, 0x80] + [UInt8](repeating: 0, count: 14)),
            ("1:2:3:4:5:6:7::", [0, 1, 0, 2, 0, 3, 0, 4, 0, 5, 0, 6, 0, 7, 0, 0]),
            ("::2:3:4:5:6:7:8", [0, 0, 0, 2, 0, 3, 0, 4, 0, 5, 0, 6, 0, 7, 0, 8]),
            ("::ffff:127.0.0.1", [UInt8](repeating: 0, count: 10) + [0xFF, 0xFF, 127, 0, 0, 1]),
            ("1:2:3:4:5:6:1.2.3.4", [0, 1, 0, 2, 0, 3, 0, 4, 0, 5, 0, 6, 1, 2, 3, 4]),
            ("64:ff9b::10.0.0.1", [0, 0x64, 0xFF, 0x9B] + [UInt8](repeating: 0, count: 8) + [10, 0, 0, 1]),
        ] as [(String, [UInt8])])
    func read(text: String, bytes: [UInt8]) {
        #expect(IPAddress(text)?.bytes == bytes)
    }

    @Test(
        "No other spelling is an address, including those that other programs accept",
        arguments: [
            "", "localhost", "2130706433", "0x7f000001", "0177.0.0.1", "127.1", "127.0.1", "0x7f.0.0.1", "127.0.0.01",
            "127.0.0.256", "127.0.0.1.", ".127.0.0.1", "127.0.0.", "127..0.1", "1.2.3.4.5", "127.0.0.-1", "127.0.0.+1",
            " 127.0.0.1", "127.0.0.1 ", "127.0.0.1/8", "127.0.0.1:80", "１２７.0.0.1", "127.0.0.1\u{0}", "127。0。0。1",
            ":", ":::", "1:::2", "1::2::3", "1:2:3:4:5:6:7", "1:2:3:4:5:6:7:8:9", "1:2:3:4:5:6:7:8::",
            "::1:2:3:4:5:6:7:8",
            "12345::", "g::", "::g", "1:", ":1", "::1%eth0", "[::1]", "::1/128", "::127.0.0.256", "::127.1",
            "1.2.3.4::",
            "::1.2.3.4:5", "1:2:3:4:5:6:7:1.2.3.4", "+1::", "::-1", "１::",
        ])
    func refused(text: String) {
        #expect(IPAddress(text) == nil)
    }

    @Test(
        "An address has four bytes or sixteen",
        arguments: [(4, true), (16, true), (0, false), (3, false), (5, false), (15, false), (17, false)])
    func bytes(count: Int, isAddress: Bool) {
        #expect((IPAddress(bytes: [UInt8](repeating: 1, count: count)) != nil) == isAddress)
    }

    @Test(
        "No address in IANA's IPv4 special-purpose registry is public, and no multicast one: first and last of each block",
        arguments: [
            ("0.0.0.0", "0.255.255.255"), ("10.0.0.0", "10.255.255.255"), ("100.64.0.0", "100.127.255.255"),
            ("127.0.0.0", "127.255.255.255"), ("169.254.0.0", "169.254.255.255"), ("172.16.0.0", "172.31.255.255"),
            ("192.0.0.0", "192.0.0.255"), ("192.0.2.0", "192.0.2.255"), ("192.31.196.0", "192.31.196.255"),
            ("192.52.193.0", "192.52.193.255"), ("192.88.99.0", "192.88.99.255"), ("192.168.0.0", "192.168.255.255"),
            ("192.175.48.0", "192.175.48.255"), ("198.18.0.0", "198.19.255.255"), ("198.51.100.0", "198.51.100.255"),
            ("203.0.113.0", "203.0.113.255"), ("224.0.0.0", "239.255.255.255"), ("240.0.0.0", "255.255.255.254"),
            ("255.255.255.255", "169.254.169.254"),
        ])
    func specialIPv4(first: String, last: String) throws {
        for text in [first, last] {
            let address = try #require(IPAddress(text))
            #expect(!address.isPublic, "\(text)")
            for form in ["::ffff:\(text)", "64:ff9b::\(text)", "::\(text)"] {
                #expect(try !#require(IPAddress(form)).isPublic, "\(form)")
            }
        }
    }

    @Test(
        "The neighbors of those blocks are public, and so are well-known servers",
        arguments: [
            "1.0.0.0", "9.255.255.255", "11.0.0.0", "100.63.255.255", "100.128.0.0", "126.255.255.255", "128.0.0.0",
            "169.253.255.255", "169.255.0.0", "172.15.255.255", "172.32.0.0", "191.255.255.255", "192.0.1.0",
            "192.0.3.0", "192.31.195.255", "192.31.197.0", "192.88.98.255", "192.88.100.0", "192.167.255.255",
            "192.169.0.0", "198.17.255.255", "198.20.0.0", "198.51.99.255", "198.51.101.0", "203.0.112.255",
            "203.0.114.0", "223.255.255.255", "8.8.8.8", "1.1.1.1",
        ])
    func publicIPv4(text: String) throws {
        #expect(try #require(IPAddress(text)).isPublic)
        #expect(try #require(IPAddress("::ffff:\(text)")).isPublic, "mapped")
        #expect(try #require(IPAddress("64:ff9b::\(text)")).isPublic, "through NAT64")
        #expect(try !#require(IPAddress("::\(text)")).isPublic, "an IPv4-compatible address is never public")
        #expect(try !#require(IPAddress("64:ff9b:1::\(text)")).isPublic, "nor one of a network's own NAT64")
    }

    @Test(
        "No address in IANA's IPv6 special-purpose registry is public, and nothing outside global unicast",
        arguments: [
            "::", "::1", "::2", "64:ff9b:1::", "64:ff9b:1:ffff:ffff:ffff:ffff:ffff", "100::",
            "100::ffff:ffff:ffff:ffff",
            "100:0:0:1::", "1fff:ffff::", "2001::", "2001::1", "2001:0:4136:e378:8000:63bf:3fff:fdd2", "2001:2::",
            "2001:10::", "2001:20::", "2001:30::", "2001:1ff:ffff:ffff:ffff:ffff:ffff:ffff", "2001:db8::",
            "2001:db8:ffff:ffff:ffff:ffff:ffff:ffff", "2002::", "2002:7f00:1::", "2002:ffff:ffff::", "2620:4f:8000::",
            "3fff::", "3fff:fff:ffff:ffff:ffff:ffff:ffff:ffff", "4000::", "5f00::", "7fff::", "8000::", "fc00::",
            "fd00::1", "fdff:ffff:ffff:ffff:ffff:ffff:ffff:ffff", "fe80::", "fe80::1", "febf:ffff::", "fec0::",
            "ff00::",
            "ff02::1", "ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff", "::ffff:0:1", "::ffff:7f00:1", "::ffff:a9fe:a9fe",
        ])
    func specialIPv6(text: String) throws {
        #expect(try !#require(IPAddress(text)).isPublic)
    }

    @Test(
        "Global unicast around those blocks is public",
        arguments: [
            "2000::", "2001:200::", "2001:db7:ffff::", "2001:db9::", "2001:4860:4860::8888", "2003::1",
            "2606:4700::1111",
            "2620:4f:7fff::", "2620:4f:8001::", "2a00::1", "3ffe:ffff::", "3fff:1000::",
        ])
    func publicIPv6(text: String) throws {
        #expect(try #require(IPAddress(text)).isPublic)
    }

    @Test(
        "Loopback is 127.0.0.0/8 and ::1, mapped or not",
        arguments: [
            ("127.0.0.1", true), ("127.255.255.254", true), ("::1", true), ("::ffff:127.0.0.1", true),
            ("::ffff:7f00:1", true),
            ("126.0.0.1", false), ("128.0.0.1", false), ("0.0.0.0", false), ("::", false), ("::2", false),
            ("10.0.0.1", false),
            ("::127.0.0.1", false), ("::ffff:10.0.0.1", false), ("fe80::1", false), ("8.8.8.8", false),
        ])
    func loopback(text: String, isLoopback: Bool) throws {
        #expect(try #require(IPAddress(text)).isLoopback == isLoopback)
    }
}
