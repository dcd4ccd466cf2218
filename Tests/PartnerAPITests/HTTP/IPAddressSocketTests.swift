import NIOCore
import PharmacyDomain
import Testing

@testable import PartnerAPI

@Suite("Addresses of sockets")
struct IPAddressSocketTests {
    @Test(
        "An address is that of its text",
        arguments: ["192.0.2.7", "127.0.0.1", "2001:db8::1:2", "::ffff:192.0.2.7", "::1"])
    func address(text: String) throws {
        let socket = try SocketAddress(ipAddress: text, port: 443)
        #expect(IPAddress(socket) == IPAddress(text))
    }

    @Test("A Unix domain socket has none")
    func unixDomain() throws {
        #expect(IPAddress(try SocketAddress(unixDomainSocketPath: "/tmp/socket")) == nil)
    }
}
