import Glibc
import NIOPosix
import PharmacyDomain
import PharmacyServices
import PharmacyTestSupport
import Synchronization
import Testing

/// Receivers with several addresses, some of them dead (RFC 8305), over real sockets.
@Suite("Receivers with several addresses", .timeLimit(.minutes(1)))
struct AddressFallbackTests {
    /// A resolver that always returns the same addresses.
    private struct FixedResolver: NameResolving {
        let addresses: [IPAddress]

        init(_ addresses: [String]) {
            self.addresses = addresses.compactMap(IPAddress.init)
        }

        func addresses(of host: String, for tenant: TenantID) async throws -> [IPAddress] { addresses }

        func shutdown() async {}
    }

    /// An address that neither accepts nor refuses connections: its queue is full, and further packets are dropped.
    private final class Hole: Sendable {
        private let sockets: [Int32]

        init(_ address: String, port: Int) throws {
            var target = sockaddr_in()
            target.sin_family = sa_family_t(AF_INET)
            target.sin_port = UInt16(port).bigEndian
            guard inet_pton(AF_INET, address, &target.sin_addr) == 1 else { throw Failure(step: "inet_pton") }
            let size = socklen_t(MemoryLayout<sockaddr_in>.size)
            let listener = socket(AF_INET, Int32(SOCK_STREAM.rawValue), 0)
            var sockets = [listener]
            let isListening = withUnsafePointer(to: &target) { pointer in
                pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                    bind(listener, $0, size) == 0 && listen(listener, 0) == 0
                }
            }
            guard isListening else { throw Failure(step: "listen") }
            // Without a queue there is room for one, and for some that are on their way.
            for _ in 1...8 {
                let client = socket(AF_INET, Int32(SOCK_STREAM.rawValue | SOCK_NONBLOCK.rawValue), 0)
                sockets.append(client)
                withUnsafePointer(to: &target) { pointer in
                    pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) { _ = connect(client, $0, size) }
                }
            }
            self.sockets = sockets
        }

        deinit { for socket in sockets { close(socket) } }

        struct Failure: Error {
            let step: String
        }
    }

    private func sender(_ addresses: [String], timeout: Duration = .seconds(10)) -> WebhookSender {
        WebhookSender(
            eventLoopGroup: MultiThreadedEventLoopGroup.singleton, resolver: FixedResolver(addresses),
            timeout: timeout, time: ManualClock(Timestamp(milliseconds: 0)))
    }

    private func request(_ port: Int) -> WebhookRequest {
        WebhookRequest(
            tenant: SocketReceiver.tenant, url: WebhookURL(stored: "http://receiver.example:\(port)/hook"), headers: [],
            body: Array("{}".utf8), egress: EgressPolicy(allowsPlainHTTP: true, allowsLoopback: true))
    }

    @Test(
        "An address that refuses is skipped within the attempt, and the receiver gets the webhook once",
        arguments: [
            ["127.0.0.2", "127.0.0.1"], ["::1", "127.0.0.1"], ["127.0.0.1", "::1"],
            ["127.0.0.2", "::1", "127.0.0.3", "127.0.0.1"],
        ])
    func refused(addresses: [String]) async throws {
        try await SocketReceiver.with(SocketReceiver.ok) { receiver in
            let sender = sender(addresses)
            #expect(await sender.send(request(receiver.port)).statusCode == 200)
            #expect(receiver.requestsSeen == 1)
            await sender.shutdown()
        }
    }

    @Test("An address that accepts no connection is skipped long before a connection would time out")
    func silent() async throws {
        try await SocketReceiver.with(SocketReceiver.ok) { receiver in
            let hole = try Hole("127.0.0.2", port: receiver.port)
            // A connection has 5 seconds; with more than one such address the attempt would have none left.
            let sender = sender(["127.0.0.2", "127.0.0.1"], timeout: .seconds(3))
            let attempt = await sender.send(request(receiver.port))
            #expect(attempt.statusCode == 200)
            #expect(receiver.requestsSeen == 1)
            await sender.shutdown()
            withExtendedLifetime(hole) {}
        }
    }

    @Test("The address that works is remembered: the next attempts use it without trying the others")
    func remembered() async throws {
        try await SocketReceiver.with(SocketReceiver.ok) { receiver in
            let sender = sender(["127.0.0.2", "127.0.0.1"])
            for _ in 1...5 { #expect(await sender.send(request(receiver.port)).statusCode == 200) }
            // One connection of the first attempt, and one that all requests share.
            #expect(receiver.connections == 2)
            #expect(receiver.requestsSeen == 5)
            await sender.shutdown()
        }
    }

    @Test("When the remembered address no longer works, the attempt uses another one")
    func replaced() async throws {
        let first = try await SocketReceiver(
            .respondOncePerConnection("HTTP/1.1 200 OK\r\ncontent-length: 2\r\n\r\nok"))
        try await SocketReceiver.with(SocketReceiver.ok, host: "127.0.0.2", port: first.port) { second in
            let sender = sender(["127.0.0.1", "127.0.0.2"])
            #expect(await sender.send(request(first.port)).statusCode == 200)
            #expect((first.requestsSeen, second.requestsSeen) == (1, 0))
            // It accepts no more connections, and closes the idle one when the next request comes.
            try await first.close()
            #expect(await sender.send(request(first.port)).statusCode == 200)
            #expect(second.requestsSeen == 1)
            // The address that replaced it is remembered, and its connection is reused.
            #expect(await sender.send(request(first.port)).statusCode == 200)
            #expect(second.requestsSeen == 2)
            #expect(second.connections == 1)
            await sender.shutdown()
        }
    }

    @Test("If no address can be reached, the attempt fails with the reason")
    func none() async throws {
        let port = try await SocketReceiver.with(SocketReceiver.ok) { $0.port }
        let sender = sender(["127.0.0.1", "127.0.0.2", "::1"])
        let attempt = await sender.send(request(port))
        #expect(attempt.error == "connection refused")
        #expect(attempt.statusCode == nil)
        #expect(attempt.counts)
        await sender.shutdown()
    }

    @Test("After any response, no other address is tried")
    func anyResponse() async throws {
        let refusal = SocketReceiver.Behavior.respond("HTTP/1.1 503 Busy\r\ncontent-length: 0\r\n\r\n")
        try await SocketReceiver.with(refusal) { first in
            try await SocketReceiver.with(SocketReceiver.ok, host: "127.0.0.2", port: first.port) { second in
                let sender = sender(["127.0.0.1", "127.0.0.2"])
                #expect(await sender.send(request(first.port)).statusCode == 503)
                #expect(second.connections == 0)
                await sender.shutdown()
            }
        }
    }
}
