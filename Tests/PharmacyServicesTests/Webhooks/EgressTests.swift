import Foundation
import NIOPosix
import NIOSSL
import PharmacyDomain
import PharmacyServices
import PharmacyTestSupport
import Synchronization
import Testing

/// Tests egress rules with a listener on every address of this machine, which must never be reached.
@Suite("Egress of webhooks", .timeLimit(.minutes(3)))
struct EgressTests {
    /// A resolver that returns scripted results in their order, and the last one from then on.
    private final class ScriptedResolver: NameResolving {
        private let results: Mutex<[[IPAddress]]>
        private let count = Mutex(0)

        var lookups: Int { count.withLock(\.self) }

        init(_ results: [[String]]) {
            self.results = Mutex(results.map { $0.compactMap(IPAddress.init) })
        }

        func addresses(of host: String, for tenant: TenantID) async throws -> [IPAddress] {
            count.withLock { $0 += 1 }
            return results.withLock { $0.count > 1 ? $0.removeFirst() : $0.first ?? [] }
        }

        func shutdown() async {}
    }

    private static let production = EgressPolicy(tenant: .live, servedOnLoopback: true)
    private static let publicSandbox = EgressPolicy(tenant: .sandbox, servedOnLoopback: false)
    private static let localSandbox = EgressPolicy(tenant: .sandbox, servedOnLoopback: true)

    private func send(
        _ url: String, _ egress: EgressPolicy, resolver: (any NameResolving)? = nil
    ) async -> Delivery.Attempt {
        let sender = WebhookSender(
            eventLoopGroup: MultiThreadedEventLoopGroup.singleton, resolver: resolver, timeout: .seconds(5),
            time: ManualClock(Timestamp(milliseconds: 0)))
        let attempt = await sender.send(
            WebhookRequest(
                tenant: SocketReceiver.tenant, url: WebhookURL(stored: url), headers: [], body: Array("{}".utf8),
                egress: egress))
        await sender.shutdown()
        return attempt
    }

    /// This machine, in every notation that some program accepts.
    private static let loopbacks = [
        "127.0.0.1", "127.0.0.1.", "127.1", "127.0.1", "127.255.255.254", "2130706433", "0x7f000001", "0X7F000001",
        "0x7f.0.0.1", "0x7f.1", "0177.0.0.1", "0177.1", "017700000001", "127.0.0.01", "0", "0.0.0.0", "0x0", "00",
        "localhost", "LocalHost", "localhost.", "ip6-localhost", "sub.localhost",
        "[::1]", "[0:0:0:0:0:0:0:1]", "[0000:0000:0000:0000:0000:0000:0000:0001]", "[::]", "[::127.0.0.1]",
        "[::ffff:127.0.0.1]", "[::ffff:7f00:1]", "[0:0:0:0:0:ffff:127.0.0.1]", "[::ffff:0:127.0.0.1]",
        "[64:ff9b::127.0.0.1]", "[64:ff9b::7f00:1]", "[64:ff9b:1::7f00:1]", "[2002:7f00:1::]", "[2001::7f00:1]",
        "[::1%25lo]", "[fe80::1%25lo]", "①②⑦.⓪.⓪.①", "127。0。0。1", "１２７.0.0.1", "ⓛocalhost", "loc%61lhost",
        "%6c%6f%63%61%6c%68%6f%73%74", "127.0.0.1%00.example.com", "127.0.0.1%2eexample",
        "user@127.0.0.1", "example.com@127.0.0.1", "127.0.0.1#.example.com", "127.0.0.1?.example.com",
        "example.com\\@127.0.0.1", "127.0.0.1\\.example.com", "",
    ]

    @Test("No notation of this machine's addresses reaches it, whatever URL was accepted before")
    func spellings() async throws {
        try await SocketReceiver.with(SocketReceiver.ok, host: "::") { listener in
            for host in EgressTests.loopbacks {
                for (egress, scheme) in [(Self.publicSandbox, "http"), (Self.production, "https")] {
                    for url in ["\(scheme)://\(host):\(listener.port)/hook", "\(scheme)://\(host)/hook"] {
                        // A URL that was taken by an older version is sent to all the same.
                        let attempt = await send(url, egress)
                        #expect(attempt.statusCode == nil, "\(url)")
                        #expect(attempt.error != nil, "\(url)")
                    }
                }
            }
            #expect(listener.connections == 0)
            #expect(await send(listener.url(), Self.localSandbox).statusCode == 200, "the listener can be reached")
        }
    }

    /// The blocks of IANA's special-purpose address registries (RFC 6890) and of multicast addresses.
    private static let special = [
        "0.0.0.0/8", "0.0.0.0/32", "10.0.0.0/8", "100.64.0.0/10", "127.0.0.0/8", "169.254.0.0/16", "172.16.0.0/12",
        "192.0.0.0/24", "192.0.0.0/29", "192.0.0.8/32", "192.0.0.9/32", "192.0.0.10/32", "192.0.0.170/32",
        "192.0.0.171/32", "192.0.2.0/24", "192.31.196.0/24", "192.52.193.0/24", "192.88.99.0/24", "192.88.99.2/32",
        "192.168.0.0/16", "192.175.48.0/24", "198.18.0.0/15", "198.51.100.0/24", "203.0.113.0/24", "224.0.0.0/4",
        "240.0.0.0/4", "255.255.255.255/32",
        "::1/128", "::/128", "::ffff:0:0/96", "64:ff9b::/96", "64:ff9b:1::/48", "100::/64", "100:0:0:1::/64",
        "2001::/23", "2001::/32", "2001:1::1/128", "2001:1::2/128", "2001:1::3/128", "2001:2::/48", "2001:3::/32",
        "2001:4:112::/48", "2001:10::/28", "2001:20::/28", "2001:30::/28", "2001:db8::/32", "2002::/16",
        "2620:4f:8000::/48", "3fff::/20", "5f00::/16", "fc00::/7", "fe80::/10", "fec0::/10", "ff00::/8",
    ]

    /// The first and the last address of a block.
    private func ends(of block: String) throws -> [IPAddress] {
        let parts = block.split(separator: "/").map(String.init)
        let first = try #require(IPAddress(parts[0]))
        let length = try #require(Int(parts[1]))
        let last = first.bytes.enumerated().map { index, byte in
            byte | UInt8(0xFF >> max(0, min(8, length - 8 * index)))
        }
        return [first, try #require(IPAddress(bytes: last))]
    }

    @Test("Nothing is sent to addresses of IANA's special-purpose registries, in any form or by name")
    func registries() async throws {
        for block in EgressTests.special {
            for address in try ends(of: block) {
                let plain = address.text
                var hosts = [plain.contains(":") ? "[\(plain)]" : plain]
                if address.bytes.count == 4 {
                    for form in ["[::ffff:\(hosts[0])]", "[64:ff9b::\(hosts[0])]", "[::\(hosts[0])]"] {
                        hosts.append(form)
                    }
                }
                for host in hosts {
                    for egress in [Self.production, Self.publicSandbox] {
                        #expect(throws: WebhookURL.Refusal.self, "\(host)") {
                            try WebhookURL("https://\(host)/hook", egress: egress)
                        }
                        #expect(await send("https://\(host)/hook", egress).error == "the address is not public")
                    }
                }
                let named = await send(
                    "https://receiver.example/hook", Self.production, resolver: ScriptedResolver([[plain]]))
                #expect(named.error == "the address is not public", "\(plain)")
            }
        }
    }

    @Test("A name with a non-public address gets no request, in any order of its addresses")
    func mixed() async throws {
        try await SocketReceiver.with(SocketReceiver.ok, host: "::") { listener in
            for addresses in [
                ["127.0.0.1", "8.8.8.8"], ["8.8.8.8", "127.0.0.1"], ["2606:4700::1111", "::1"],
                ["8.8.8.8", "1.1.1.1", "::ffff:10.0.0.1"], ["64:ff9b::127.0.0.1"], [],
            ] {
                let resolver = ScriptedResolver([addresses])
                let attempt = await send(
                    "http://receiver.example:\(listener.port)/", Self.publicSandbox, resolver: resolver)
                let expected = addresses.isEmpty ? "the name does not resolve" : "the address is not public"
                #expect(attempt.error == expected, "\(addresses)")
            }
            #expect(listener.connections == 0)
        }
    }

    @Test("The connection uses the checked address, even if the name resolves to another one afterwards")
    func rebinding() async throws {
        try await SocketReceiver.with(SocketReceiver.ok) { checked in
            try await SocketReceiver.with(SocketReceiver.ok, host: "::1") { other in
                // Two look-ups would have two results; the system's resolver does not know the name at all.
                let resolver = ScriptedResolver([["127.0.0.1"], ["::1"]])
                let attempt = await send(
                    "http://receiver.example:\(checked.port)/hook", Self.localSandbox, resolver: resolver)
                #expect(attempt.statusCode == 200)
                #expect(resolver.lookups == 1)
                #expect(checked.connections == 1)
                #expect(other.connections == 0)
                var requests = checked.requests.makeAsyncIterator()
                let request = try #require(await requests.next())
                #expect(request.lowercased().contains("\r\nhost: receiver.example:\(checked.port)\r\n"))
            }
        }
    }

    @Test("Each attempt checks again, even where a connection to the allowed address is still open")
    func everyAttempt() async throws {
        try await SocketReceiver.with(SocketReceiver.ok, host: "::") { listener in
            let resolver = ScriptedResolver([["127.0.0.1"], ["10.0.0.1"], ["127.0.0.1", "169.254.169.254"]])
            let sender = WebhookSender(
                eventLoopGroup: MultiThreadedEventLoopGroup.singleton, resolver: resolver,
                time: ManualClock(Timestamp(milliseconds: 0)))
            let request = WebhookRequest(
                tenant: SocketReceiver.tenant, url: WebhookURL(stored: "http://receiver.example:\(listener.port)/"),
                headers: [], body: [],
                egress: Self.localSandbox)
            #expect(await sender.send(request).statusCode == 200)
            #expect(await sender.send(request).error == "the address is not public")
            #expect(await sender.send(request).error == "the address is not public")
            #expect(resolver.lookups == 3)
            #expect(listener.connections == 1)
            await sender.shutdown()
        }
    }

    @Test("Redirects are not followed", arguments: [301, 302, 303, 307, 308])
    func redirects(status: Int) async throws {
        try await SocketReceiver.with(SocketReceiver.ok, host: "::") { target in
            let response =
                "HTTP/1.1 \(status) Elsewhere\r\nlocation: http://127.0.0.1:\(target.port)/\r\ncontent-length: 0\r\n\r\n"
            let attempt = try await SocketReceiver.with(.respond(response)) { receiver in
                await send(receiver.url(), Self.localSandbox)
            }
            #expect(attempt.statusCode == status)
            #expect(!attempt.isSuccess)
            #expect(target.connections == 0)
        }
    }

    @Test("TLS verifies the certificate of the receiver that a name is pinned to")
    func certificate() async throws {
        let other = try SelfSignedCertificate(commonName: "other.example", host: "other.example")
        let tls = try NIOSSLContext(
            configuration: .makeServerConfiguration(
                certificateChain: try NIOSSLCertificate.fromPEMBytes(Array(other.certificate.utf8)).map {
                    .certificate($0)
                },
                privateKey: .privateKey(try NIOSSLPrivateKey(bytes: Array(other.privateKey.utf8), format: .pem))))
        try await SocketReceiver.with(SocketReceiver.ok, tls: tls) { receiver in
            let attempt = await send(
                "https://receiver.example:\(receiver.port)/", Self.localSandbox,
                resolver: ScriptedResolver([["127.0.0.1"]]))
            #expect(attempt.error?.hasPrefix("TLS failure (") == true)
            #expect(receiver.connections == 1)
        }
    }
}
