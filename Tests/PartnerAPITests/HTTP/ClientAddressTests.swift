import PharmacyDomain
import Testing

@testable import PartnerAPI

@Suite("Client addresses")
struct ClientAddressTests {
    @Test(
        "X-Forwarded-For is trusted only as far as trusted proxies wrote it",
        arguments: [
            // The peer is not a trusted proxy, so the header is ignored.
            ("203.0.113.9", "198.51.100.1", "203.0.113.9"), ("203.0.113.9", nil, "203.0.113.9"),
            ("10.0.0.1", "198.51.100.1", "198.51.100.1"), ("10.0.0.1", nil, "10.0.0.1"), ("10.0.0.1", "", "10.0.0.1"),
            // The client forged the first entry.
            ("10.0.0.1", "1.1.1.1, 198.51.100.1", "198.51.100.1"),
            ("10.0.0.1", "1.1.1.1,198.51.100.1,10.9.9.9", "198.51.100.1"),
            ("10.0.0.1", "10.0.0.2, 10.0.0.3", "10.0.0.2"),
            ("10.0.0.1", "198.51.100.1, nonsense", "10.0.0.1"), ("10.0.0.1", "198.51.100.1,", "10.0.0.1"),
            ("10.0.0.1", "198.51.100.1:4711", "198.51.100.1"), ("10.0.0.1", "[2001:db9::1]:4711", "2001:db9:0:0"),
            ("10.0.0.1", "2001:db9:1:2:3:4:5:6", "2001:db9:1:2"), ("::ffff:10.0.0.1", "198.51.100.1", "198.51.100.1"),
            ("fd00::1", "198.51.100.1", "198.51.100.1"), ("fd01::1", "198.51.100.1", "fd01:0:0:0"),
        ] as [(String, String?, String)])
    func nearest(peer: String, forwarded: String?, key: String) throws {
        let proxies = try #require(IPAddressBlock.list("10.0.0.0/8, fd00::/16"))
        let address = ClientAddress.nearest(
            peer: try #require(IPAddress(peer)), forwarded: forwarded, trusting: proxies)
        #expect(ClientAddress.key(address) == key)
    }
}
