import PharmacyDomain
import Testing

@Suite("Hosts that are this machine")
struct LoopbackHostTests {
    @Test(
        "The name localhost and loopback addresses are this machine",
        arguments: [
            "localhost", "LocalHost", "127.0.0.1", "127.255.255.254", "::1", "[::1]", "0:0:0:0:0:0:0:1",
        ])
    func loopback(host: String) {
        #expect(LoopbackHost.contains(host))
    }

    @Test(
        "Other names and addresses are not this machine, whatever they resolve to",
        arguments: [
            "", "0.0.0.0", "::", "[::]", "126.0.0.1", "128.0.0.1", "10.0.0.1", "localhost.", "sub.localhost",
            "localhost.example.com", "ip6-localhost", "127.1", "2130706433", "0x7f.0.0.1", "[64:ff9b::127.0.0.1]",
            "64:ff9b::7f00:1", "::ffff:127.0.0.1", "127.0.0.1 ", "api.example.com", "[localhost]",
        ])
    func elsewhere(host: String) {
        #expect(!LoopbackHost.contains(host))
    }
}
