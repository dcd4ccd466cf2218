import PharmacyDomain
import Testing

@Suite("Addresses that webhooks may be sent to")
struct EgressPolicyTests {
    private let live = EgressPolicy(tenant: .live, servedOnLoopback: true)
    private let sandbox = EgressPolicy(tenant: .sandbox, servedOnLoopback: false)
    private let local = EgressPolicy(tenant: .sandbox, servedOnLoopback: true)

    @Test("Live tenants need https; sandboxes do not, and those served on loopback may call it")
    func policies() {
        #expect(live == EgressPolicy(allowsPlainHTTP: false, allowsLoopback: false))
        #expect(sandbox == EgressPolicy(allowsPlainHTTP: true, allowsLoopback: false))
        #expect(local == EgressPolicy(allowsPlainHTTP: true, allowsLoopback: true))
    }

    @Test(
        "An address connected to must be public, or loopback where that is allowed",
        arguments: [
            ("8.8.8.8", true, true), ("2606:4700::1111", true, true), ("127.0.0.1", false, true), ("::1", false, true),
            ("::ffff:127.0.0.1", false, true), ("10.0.0.1", false, false), ("192.168.1.1", false, false),
            ("169.254.169.254", false, false), ("0.0.0.0", false, false), ("::", false, false),
            ("fe80::1", false, false),
            ("fd00::1", false, false), ("100.64.0.1", false, false), ("224.0.0.1", false, false),
        ])
    func addresses(text: String, isAllowed: Bool, isAllowedLocally: Bool) throws {
        let address = try #require(IPAddress(text))
        #expect(live.allows(address) == isAllowed)
        #expect(sandbox.allows(address) == isAllowed)
        #expect(local.allows(address) == isAllowedLocally)
    }

    @Test(
        "A host name is allowed; its addresses are checked when it is resolved",
        arguments: [
            "example.com", "EXAMPLE.com", "example.com.", "hooks", "a-b.example", "xn--bcher-kva.example",
            "1password.com",
            "127.0.0.1.example.com", "0xcafe.example.com", "8.8.8.8", "[2606:4700::1111]", "2606:4700::1111",
        ])
    func names(host: String) {
        for policy in [live, sandbox, local] { #expect(policy.refusal(ofHost: host) == nil) }
    }

    @Test(
        "A host that is an address in a non-standard notation is always refused",
        arguments: [
            "2130706433", "0x7f000001", "0X7F000001", "017700000001", "0177.0.0.1", "0x7f.0.0.1", "0x7f.1", "127.1",
            "127.0.1", "127.0.0.01", "127.0.0.1.", "127.0.0.0x1", "10.1", "3232235777", "192.168.257", "134744072",
            "256.256.256.256", "1.2.3.4.5", "[::1%eth0]", "[::1%25eth0]", "[::ffff:127.1]", "[::1", "::1]", "1::2::3",
            "", "a b.com", "exa!mple.com", "a%41.com", "a\u{0}.com", "bücher.example", "a,b", "a:80",
            ".", "...", "[]",
        ])
    func spellings(host: String) {
        for policy in [live, sandbox, local] {
            #expect(policy.refusal(ofHost: host) == "must name a host, or an address in its usual form.")
        }
    }

    @Test(
        "Loopback is refused by name and by address unless it is allowed",
        arguments: [
            "localhost", "LOCALHOST", "localhost.", "app.localhost", "app.localhost.", "127.0.0.1", "127.8.8.8",
            "[::1]",
            "::1", "[::ffff:127.0.0.1]", "[::FFFF:7F00:1]", "[0:0:0:0:0:0:0:1]",
        ])
    func loopback(host: String) {
        let refusal = "must not point to an address that is not public."
        #expect(live.refusal(ofHost: host) == refusal)
        #expect(sandbox.refusal(ofHost: host) == refusal)
        #expect(local.refusal(ofHost: host) == nil)
    }

    @Test(
        "Any other address that is not public is always refused",
        arguments: [
            "10.0.0.1", "192.168.0.1", "172.16.0.1", "169.254.169.254", "0.0.0.0", "100.64.0.1", "224.0.0.1", "[::]",
            "[fe80::1]", "[fd00::1]", "[::ffff:10.0.0.1]", "[64:ff9b::a00:1]", "[2002:a00:1::]", "[ff02::1]",
        ])
    func privateAddresses(host: String) {
        for policy in [live, sandbox, local] {
            #expect(policy.refusal(ofHost: host) == "must not point to an address that is not public.")
        }
    }
}
