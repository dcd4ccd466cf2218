import NIOPosix
import PharmacyDomain
import PharmacyServices
import PharmacyTestSupport
import Testing

/// Attempts against receivers of every kind, over real sockets.
@Suite("Attempts at receivers", .timeLimit(.minutes(3)))
struct WebhookSenderTests {
    private func send(
        to manner: SocketReceiver.Manner, within timeout: Duration = .seconds(10)
    ) async throws -> Delivery.Attempt {
        let sender = WebhookSender(
            eventLoopGroup: MultiThreadedEventLoopGroup.singleton, timeout: timeout,
            time: ManualClock(Timestamp(milliseconds: 0)))
        let attempt = try await SocketReceiver.with(manner) { receiver in
            await sender.send(
                WebhookRequest(
                    tenant: SocketReceiver.tenant, url: WebhookURL(stored: receiver.url()),
                    headers: [("content-type", "application/json")],
                    body: Array("{}".utf8), egress: EgressPolicy(allowsPlainHTTP: true, allowsLoopback: true)))
        }
        await sender.shutdown()
        return attempt
    }

    @Test("An answer is told by its status and the first KiB of its body")
    func answer() async throws {
        let body = String(repeating: "y", count: 3_000)
        let attempt = try await send(
            to: .answer("HTTP/1.1 503 Busy\r\ncontent-length: 3000\r\n\r\n" + body))
        #expect(attempt.statusCode == 503)
        #expect(attempt.answer == Array(repeating: UInt8(ascii: "y"), count: 1_024))
        #expect(attempt.error == nil)
        #expect(!attempt.isSuccess)
    }

    @Test("A body that never ends is read no further than its first KiB, and the status counts")
    func endless() async throws {
        let attempt = try await send(to: .endless)
        #expect(attempt.isSuccess)
        #expect(attempt.answer.count == 1_024)
    }

    @Test("A receiver that breaks off within the body has answered; one that breaks off before has not")
    func breaksOff() async throws {
        let within = try await send(to: .close("HTTP/1.1 200 OK\r\ncontent-length: 100\r\n\r\nhalf"))
        #expect(within.isSuccess)
        #expect(within.answer == Array("half".utf8))
        let before = try await send(to: .close(""))
        #expect(before.statusCode == nil)
        #expect(before.error == "the connection was closed before the answer")
    }

    @Test("A receiver that says nothing, or a byte every second, is given up when its time is over")
    func slow() async throws {
        for manner in [SocketReceiver.Manner.silent, .drip("HTTP/1.1 200 OK\r\ncontent-length: 2\r\n\r\nok")] {
            let attempt = try await send(to: manner, within: .milliseconds(300))
            #expect(attempt.statusCode == nil)
            #expect(attempt.error?.hasPrefix("timed out") == true)
        }
    }

    @Test("A body that stalls, or comes a byte every second, is not waited for: the status counts")
    func slowBody() async throws {
        for text in ["", "0123456789"] {
            let attempt = try await send(to: .dripBody(text), within: .seconds(2))
            #expect(attempt.isSuccess)
            #expect(attempt.answer.count <= 5)
            #expect(attempt.error == nil)
        }
    }

    @Test("What is no HTTP is told as such", arguments: ["SSH-2.0-OpenSSH_9.2\r\n", "HTTP/1.1 20"])
    func notHTTP(text: String) async throws {
        let attempt = try await send(to: .close(text))
        #expect(attempt.statusCode == nil)
        #expect(attempt.error == "the answer is not HTTP")
    }

    @Test("A port where nobody listens is told at once")
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
