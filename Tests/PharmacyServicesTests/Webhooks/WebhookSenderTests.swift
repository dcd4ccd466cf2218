import NIOPosix
import PharmacyDomain
import PharmacyServices
import PharmacyTestSupport
import Testing

/// Attempts against receivers of every kind, over real sockets.
@Suite("Attempts at receivers", .timeLimit(.minutes(3)))
struct WebhookSenderTests {
    private func send(
        to behavior: SocketReceiver.Behavior, within timeout: Duration = .seconds(10)
    ) async throws -> Delivery.Attempt {
        let sender = WebhookSender(
            eventLoopGroup: MultiThreadedEventLoopGroup.singleton, timeout: timeout,
            time: ManualClock(Timestamp(milliseconds: 0)))
        let attempt = try await SocketReceiver.with(behavior) { receiver in
            await sender.send(
                WebhookRequest(
                    tenant: SocketReceiver.tenant, url: WebhookURL(stored: receiver.url()),
                    headers: [("content-type", "application/json")],
                    body: Array("{}".utf8), egress: EgressPolicy(allowsPlainHTTP: true, allowsLoopback: true)))
        }
        await sender.shutdown()
        return attempt
    }

    @Test("A response is recorded with its status and the first KiB of its body")
    func recordedResponse() async throws {
        let body = String(repeating: "y", count: 3_000)
        let attempt = try await send(
            to: .respond("HTTP/1.1 503 Busy\r\ncontent-length: 3000\r\n\r\n" + body))
        #expect(attempt.statusCode == 503)
        #expect(attempt.response == Array(repeating: UInt8(ascii: "y"), count: 1_024))
        #expect(attempt.error == nil)
        #expect(!attempt.isSuccess)
    }

    @Test("An endless body is read up to its first KiB, and the status counts")
    func endless() async throws {
        let attempt = try await send(to: .endless)
        #expect(attempt.isSuccess)
        #expect(attempt.response.count == 1_024)
    }

    @Test("A receiver that closes the connection within the body has responded; one that closes it before has not")
    func breaksOff() async throws {
        let within = try await send(to: .close("HTTP/1.1 200 OK\r\ncontent-length: 100\r\n\r\nhalf"))
        #expect(within.isSuccess)
        #expect(within.response == Array("half".utf8))
        let before = try await send(to: .close(""))
        #expect(before.statusCode == nil)
        #expect(before.error == "the connection was closed before the response")
    }

    @Test("An attempt whose receiver sends nothing, or a byte every second, ends with the timeout")
    func slow() async throws {
        for behavior in [SocketReceiver.Behavior.silent, .drip("HTTP/1.1 200 OK\r\ncontent-length: 2\r\n\r\nok")] {
            let attempt = try await send(to: behavior, within: .milliseconds(300))
            #expect(attempt.statusCode == nil)
            #expect(attempt.error?.hasPrefix("timed out") == true)
        }
    }

    @Test("An attempt does not wait for a body that stalls, or arrives a byte every second: the status counts")
    func slowBody() async throws {
        for text in ["", "0123456789"] {
            let attempt = try await send(to: .dripBody(text), within: .seconds(2))
            #expect(attempt.isSuccess)
            #expect(attempt.response.count <= 5)
            #expect(attempt.error == nil)
        }
    }

    @Test("A response that is not HTTP is reported as such", arguments: ["SSH-2.0-OpenSSH_9.2\r\n", "HTTP/1.1 20"])
    func notHTTP(text: String) async throws {
        let attempt = try await send(to: .close(text))
        #expect(attempt.statusCode == nil)
        #expect(attempt.error == "the response is not HTTP")
    }

    @Test("A closed port is reported at once")
    func refused() async throws {
        let port = try await SocketReceiver.with(.silent) { $0.port }
        let sender = WebhookSender(
            eventLoopGroup: MultiThreadedEventLoopGroup.singleton, time: ManualClock(Timestamp(milliseconds: 0)))
        let attempt = await sender.send(
            WebhookRequest(
                tenant: SocketReceiver.tenant, url: WebhookURL(stored: "http://127.0.0.1:\(port)/"), headers: [],
                body: [],
                egress: EgressPolicy(allowsPlainHTTP: true, allowsLoopback: true)))
        await sender.shutdown()
        #expect(attempt.error == "connection refused")
    }
}
