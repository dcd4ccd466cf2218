import Foundation
import NIOCore
import NIOHTTP1
import NIOPosix
import PharmacyDomain
import Testing

/// A pharmacy system that accepts requests and never responds.
private struct SilentPharmacy: Sendable {
    enum Event: Hashable { case request, end }

    let port: Int
    /// Of all its connections.
    let events: AsyncStream<Event>
    private let channel: any Channel

    init() async throws {
        let (events, feed) = AsyncStream.makeStream(of: Event.self)
        self.events = events
        channel = try await ServerBootstrap(group: MultiThreadedEventLoopGroup.singleton)
            .childChannelInitializer { child in
                child.eventLoop.makeCompletedFuture {
                    try child.pipeline.syncOperations.addHandler(Watcher(feed: feed))
                }
            }
            .bind(host: "127.0.0.1", port: 0).get()
        port = channel.localAddress?.port ?? 0
    }

    func close() async throws { try await channel.close() }

    private final class Watcher: ChannelInboundHandler {
        typealias InboundIn = ByteBuffer

        private let feed: AsyncStream<Event>.Continuation

        init(feed: AsyncStream<Event>.Continuation) {
            self.feed = feed
        }

        func channelRead(context: ChannelHandlerContext, data: NIOAny) { feed.yield(.request) }
        func channelInactive(context: ChannelHandlerContext) { feed.yield(.end) }
        func errorCaught(context: ChannelHandlerContext, error: any Error) { context.close(promise: nil) }
    }
}

@Suite("Requests whose clients have disconnected", .timeLimit(.minutes(1)))
struct AbandonedRequestTests {
    @Test(
        "A query to a pharmacy is cancelled when the client has disconnected",
        arguments: ["GET", "POST"])
    func pharmacyFetch(method: String) async throws {
        let pharmacy = try await SilentPharmacy()
        let log = FileManager.default.temporaryDirectory.appending(path: "up-test-\(UUID().uuidString).log")
        defer { try? FileManager.default.removeItem(at: log) }
        let server = try ServerProcess(
            in: ServerProcess.temporaryDirectory(),
            settings: [
                "UP_IMPETUS_URL": "http://127.0.0.1:\(pharmacy.port)", "UP_IMPETUS_TOKEN": "a-token-for-tests",
                "UP_LOG_LEVEL": "info",
            ], log: log)
        defer { server.kill() }
        let made = try server.command("tenant", "create", "acme", "--json")
        let setupToken = try #require(try JSON.parse(Array(made.output.utf8))["setup_token"]?.text)
        let (_, tokens) = try await Partner.login(
            baseURL: server.origin + "/pharmacy/acme/api/v1", setupToken: setupToken)
        let token = try #require(tokens["access_token"]?.text)

        let id = UUID().uuidString.lowercased()
        let body: JSON = [
            "patient_id": .string(id), "pharmacy_id": .string(id), "medication_id": "m", "dispense_quantity": 1,
            "days_supply": 28,
        ]
        let (path, content) = method == "GET" ? ("/pharmacies/\(id)/medications", []) : ("/orders", body.bytes)
        let raw = try await RawConnection(server)
        try await raw.send(
            "\(method) /pharmacy/acme/api/v1\(path) HTTP/1.1\r\nHost: a\r\nAuthorization: Bearer \(token)\r\n"
                + "Content-Type: application/json\r\nContent-Length: \(content.count)\r\n\r\n"
                + String(decoding: content, as: UTF8.self))
        var events = pharmacy.events.makeAsyncIterator()
        #expect(await events.next() == .request)
        try await raw.channel.close()
        #expect(await events.next() == .end)
        #expect(server.stop() == 0)
        let lines = try String(contentsOf: log, encoding: .utf8).split(separator: "\n")
        let operation = method == "GET" ? "listMedications" : "submitOrder"
        #expect(lines.contains { $0.contains("operation=\(operation)") && $0.contains("status=499") })
        // The client's disconnection is no failure of the server.
        #expect(!lines.contains { $0.contains("unexpected error") || $0.contains("pharmacy system fails") })
        try await pharmacy.close()
    }
}
