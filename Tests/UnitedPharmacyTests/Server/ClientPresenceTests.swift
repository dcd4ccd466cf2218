import Glibc
import Hummingbird
import HummingbirdCore
import Logging
import NIOCore
import NIOPosix
import Synchronization
import Testing

@testable import UnitedPharmacy

@Suite("Clients that disconnect before the response", .timeLimit(.minutes(1)))
struct ClientPresenceTests {
    /// A handler that waits until the test resumes it, or until it is cancelled.
    private final class SlowWork: Sendable {
        enum Event: Hashable { case begun, cancelled }

        let events: AsyncStream<Event>
        private let feed: AsyncStream<Event>.Continuation
        private let gate: AsyncStream<Void>
        private let opening: AsyncStream<Void>.Continuation

        init() {
            (events, feed) = AsyncStream.makeStream()
            (gate, opening) = AsyncStream.makeStream()
        }

        func respond() async -> Response {
            feed.yield(.begun)
            // Ends when the task is cancelled, too.
            for await _ in gate { break }
            if Task.isCancelled { feed.yield(.cancelled) }
            return Response(status: .ok, body: ResponseBody(byteBuffer: ByteBuffer(string: "done")))
        }

        func goOn() { opening.yield() }

        func next() async -> Event? {
            var iterator = events.makeAsyncIterator()
            return await iterator.next()
        }
    }

    private static let request = "GET /slow HTTP/1.1\r\nHost: a\r\n\r\n"

    private func withServer(
        _ limits: ConnectionLimits = ConnectionLimits(presenceProbe: .milliseconds(20)),
        certificate: ServerCertificate? = nil,
        _ body: @escaping @Sendable (Int, SlowWork) async throws -> Void
    ) async throws {
        let work = SlowWork()
        let router = Router()
        router.get("/slow") { _, _ in await work.respond() }
        try await RunningServer.with(
            { listening in
                Application(
                    router: router, server: .partnerAPI(certificate: certificate, limits: limits),
                    configuration: ApplicationConfiguration(address: .hostname("127.0.0.1", port: 0)),
                    onServerRunning: { listening($0.localAddress?.port ?? 0) },
                    logger: Logger(label: "test") { _ in SwiftLogNoOpLogHandler() })
            }, { port in try await body(port, work) })
    }

    @Test("Work for a client that has closed its connection is cancelled")
    func closes() async throws {
        try await withServer { port, work in
            let raw = try await RawConnection(port: port)
            try await raw.send(Self.request)
            #expect(await work.next() == .begun)
            try await raw.channel.close()
            #expect(await work.next() == .cancelled)
        }
    }

    @Test("Work for a client whose connection is reset is cancelled without a probe")
    func resets() async throws {
        try await withServer(ConnectionLimits(presenceProbe: .seconds(3600))) { port, work in
            let raw = try await RawConnection(port: port)
            try await raw.send(Self.request)
            #expect(await work.next() == .begun)
            // Discards buffered data, so that the peer gets a reset at once.
            let options = try #require(raw.channel as? any SocketOptionProvider)
            try await options.setSoLinger(linger(l_onoff: 1, l_linger: 0)).get()
            try await raw.channel.close()
            #expect(await work.next() == .cancelled)
        }
    }

    @Test("A client that closed only its own side gets interim responses and then its response")
    func halfClosed() async throws {
        try await withServer { port, work in
            let raw = try await RawConnection(port: port)
            try await raw.send(Self.request)
            #expect(await work.next() == .begun)
            raw.finish()
            // The server probes the client.
            let interim = "HTTP/1.1 102 Processing\r\n\r\n"
            var text = await raw.text(upTo: interim)
            work.goOn()
            text += await raw.text()
            let response = text.replacing(interim, with: "")
            #expect(
                text.hasPrefix(interim) && response.hasPrefix("HTTP/1.1 200 OK\r\n")
                    && response.hasSuffix("\r\n\r\ndone"))
        }
    }

    @Test("A client that closed its side before a quick response gets no interim response")
    func quick() async throws {
        try await withServer(ConnectionLimits(presenceProbe: .seconds(3600))) { port, work in
            let raw = try await RawConnection(port: port)
            raw.pour(Self.request)
            raw.finish()
            #expect(await work.next() == .begun)
            work.goOn()
            #expect(await raw.text().hasPrefix("HTTP/1.1 200 OK\r\n"))
        }
    }

    @Test("The same is true over TLS and for HTTP/2 streams", arguments: ["--http1.1", "--http2"])
    func overTLS(version: String) async throws {
        let pair = try ServerCertificateTests.Pair("served", in: ServerProcess.temporaryDirectory())
        let certificate = try ServerCertificate(
            certificateFile: pair.certificate, keyFile: pair.key,
            logger: Logger(label: "test") { _ in SwiftLogNoOpLogHandler() })
        try await withServer(certificate: certificate) { port, work in
            let url = "https://127.0.0.1:\(port)/slow"
            // A client that waits no longer than this; it blocks its thread, which must be none of those that serve.
            let result = try await NIOThreadPool.singleton.runIfActive {
                try runProgram(["curl", "-sS", "-k", version, "--max-time", "0.5", url])
            }
            #expect(result.status == 28, "timed out: \(result.output)")
            #expect(await work.next() == .begun)
            #expect(await work.next() == .cancelled)
        }
    }
}
