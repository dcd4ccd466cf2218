import Foundation
import NIOPosix
import PharmacyDomain
import PharmacyServices
import PharmacyTestSupport
import Testing

/// Servers close idle connections at any time (RFC 9112 section 9.5), also while a request is in transit.
@Suite("Idle connections that the other side has closed", .timeLimit(.minutes(1)))
struct IdleConnectionTests {
    private static let response = "HTTP/1.1 200 OK\r\ncontent-length: 2\r\n\r\nok"

    private func sender() -> WebhookSender {
        WebhookSender(
            eventLoopGroup: MultiThreadedEventLoopGroup.singleton, time: ManualClock(Timestamp(milliseconds: 0)))
    }

    private func request(_ receiver: SocketReceiver) -> WebhookRequest {
        WebhookRequest(
            tenant: SocketReceiver.tenant, url: WebhookURL(stored: receiver.url()),
            headers: [("webhook-id", "the-same"), ("content-type", "application/json")], body: Array("{}".utf8),
            egress: EgressPolicy(allowsPlainHTTP: true, allowsLoopback: true))
    }

    @Test("A webhook on a closed connection is sent again at once on a new one, within the same attempt")
    func webhook() async throws {
        let sender = sender()
        try await SocketReceiver.with(.respondOncePerConnection(Self.response)) { receiver in
            for attempt in 1...3 {
                #expect(await sender.send(request(receiver)).statusCode == 200)
                // The first connection is reused and lost; after that there is none to reuse.
                #expect(receiver.connections == [1, 2, 3][attempt - 1])
            }
            #expect(receiver.requestsSeen == 4)
            var requests = receiver.requests.makeAsyncIterator()
            for _ in 1...4 {
                let request = try #require(await requests.next())
                #expect(request.contains("webhook-id: the-same\r\n"))
                #expect(request.hasSuffix("\r\n\r\n{}"))
            }
        }
        await sender.shutdown()
    }

    @Test("A connection that is closed on its first request is the receiver's failure: nothing is sent again")
    func fresh() async throws {
        let sender = sender()
        try await SocketReceiver.with(.respondToFirstRequest(Self.response)) { receiver in
            #expect(await sender.send(request(receiver)).statusCode == 200)
            // The idle connection is lost, and the one in its place is closed, too.
            #expect(await sender.send(request(receiver)).error == "the connection was closed before the response")
            #expect(receiver.requestsSeen == 3)
            // Now there is no idle connection: each attempt is one request, also after an earlier success.
            #expect(await sender.send(request(receiver)).error == "the connection was closed before the response")
            #expect(receiver.requestsSeen == 4)
        }
        await sender.shutdown()
    }

    @Test("Many concurrent attempts on closed connections all succeed")
    func together() async throws {
        let sender = sender()
        try await SocketReceiver.with(.respondOncePerConnection(Self.response)) { receiver in
            for _ in 1...5 {
                let statuses = await withTaskGroup(of: Int?.self) { group in
                    for _ in 1...30 { group.addTask { await sender.send(request(receiver)).statusCode } }
                    return await group.reduce(into: []) { $0.append($1) }
                }
                #expect(statuses == [Int?](repeating: 200, count: 30))
            }
        }
        await sender.shutdown()
    }

    @Test("Calls to the pharmacy's system are retried at once with the same key, without counting a failure")
    func pharmacySystem() async throws {
        let body = #"{"pharmacies":[]}"#
        let response =
            "HTTP/1.1 200 OK\r\ncontent-type: application/json\r\ncontent-length: \(body.utf8.count)\r\n\r\n\(body)"
        let installation = try await TestInstallation()
        try await SocketReceiver.with(.respondOncePerConnection(response)) { receiver in
            // Time does not pass: a wait before the next try would never end.
            let transport = ImpetusTransport(
                settings: ImpetusSettings(
                    url: "http://127.0.0.1:\(receiver.port)", token: "token", callbackSecret: nil),
                eventLoopGroup: MultiThreadedEventLoopGroup.singleton, time: installation.time, entropy: .system)
            let client = ImpetusClient(
                transport: transport, codec: installation.keys.medicationIDs, time: installation.time,
                logger: installation.logger)
            let order: OrderID = installation.environment.entropy.identifier()
            #expect(try await client.pharmacies(tenant: installation.tenant).isEmpty)
            #expect(await client.cancel(order, reason: nil, tenant: installation.tenant) == .agreed)
            #expect(receiver.requestsSeen == 3)
            var requests = receiver.requests.makeAsyncIterator()
            _ = await requests.next()
            for _ in 1...2 {
                let request = try #require(await requests.next())
                #expect(request.hasPrefix("POST /v1/prescriptions/\(order)/cancel HTTP/1.1\r\n"))
                #expect(request.contains("Idempotency-Key: \(order)/cancel\r\n"))
            }
            await transport.shutdown()
        }
    }

    @Test("An anchor of the audit log is written again at once")
    func anchor() async throws {
        try await SocketReceiver.with(.respondOncePerConnection("HTTP/1.1 204 No Content\r\n\r\n")) { receiver in
            let collector = AuditAnchorCollector(url: receiver.url("/anchors"))
            // Until a write has met a connection that is closed at its request. A write that begins before the earlier
            // connection is idle opens one of its own.
            repeat { try await collector.write(Array("line".utf8)) } while receiver.requestsSeen == receiver.connections
            await collector.shutdown()
        }
    }
}
