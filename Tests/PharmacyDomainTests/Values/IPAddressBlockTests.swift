import PharmacyDomain
import Testing

@Suite("Blocks of addresses")
struct IPAddressBlockTests {
    @Test(
        "A block contains the addresses with its prefix",
        arguments: [
            ("10.0.0.0/8", "10.255.0.1", true), ("10.0.0.0/8", "11.0.0.0", false), ("10.1.2.3", "10.1.2.3", true),
            ("10.1.2.3", "10.1.2.4", false), ("0.0.0.0/0", "203.0.113.1", true), ("0.0.0.0/0", "2001:db8::1", false),
            ("192.168.4.0/22", "192.168.7.255", true), ("192.168.4.0/22", "192.168.8.0", false),
            ("2001:db8::/32", "2001:db8:ffff::1", true), ("2001:db8::/32", "2001:db9::1", false),
            ("2001:db8::8/127", "2001:db8::9", true), ("2001:db8::8/127", "2001:db8::a", false),
        ])
    func contains(block: String, address: String, isInside: Bool) throws {
        #expect(try #require(IPAddressBlock(block)).contains(try #require(IPAddress(address))) == isInside)
    }

    @Test(
        "A text that is not a list of blocks is refused",
        arguments: ["", ",", "10.0.0.0/33", "::/129", "10.0.0.0/", "10.0.0.0/-1", "10.0.0/8", "proxy", "10.0.0.1,,::1"])
    func refused(text: String) {
        #expect(IPAddressBlock.list(text) == nil)
    }

    @Test("Blocks are separated by commas and spaces")
    func list() {
        #expect(IPAddressBlock.list("10.0.0.0/8, ::1 ,192.0.2.1")?.map(\.length) == [8, 128, 32])
    }
}
