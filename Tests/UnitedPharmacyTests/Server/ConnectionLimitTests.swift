import Foundation
import Hummingbird
import Logging
import NIOCore
import NIOHTTP1
import NIOPosix
import PharmacyDomain
import Testing

@testable import UnitedPharmacy

@Suite("The limits of connections", .timeLimit(.minutes(3)))
struct ConnectionLimitTests {
    @Test(
        "A client that does not complete its request in time is disconnected",
        arguments: [
            "", "GET / HTTP/1.1\r\nHost: a\r\nX-Slow:", "POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 10\r\n\r\n1",
        ])
    func slowClients(beginning: String) async throws {
        try await withServer(ConnectionLimits(idle: .milliseconds(200), request: .milliseconds(100))) { port in
            let channel = try await ConnectionLimitTests.connect(port)
            // On a slow day the server may have hung up already.
            channel.writeAndFlush(ByteBuffer(string: beginning), promise: nil)
            try await channel.closeFuture.get()
        }
    }

    @Test("A client that sends a body too slowly is disconnected")
    func dribble() async throws {
        let limits = ConnectionLimits(idle: .seconds(3600), request: .milliseconds(100))
        try await withServer(limits) { port in
            let channel = try await ConnectionLimitTests.connect(port)
            channel.writeAndFlush(
                ByteBuffer(string: "POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 100000000\r\n\r\n"), promise: nil)
            channel.eventLoop.scheduleRepeatedTask(initialDelay: .zero, delay: .milliseconds(5)) { _ in
                channel.writeAndFlush(ByteBuffer(string: "1"), promise: nil)
            }
            try await channel.closeFuture.get()
        }
    }

    @Test("An idle connection is closed after UP_KEEP_ALIVE")
    func keepAlive() async throws {
        let limits = ConnectionLimits(keepAlive: .milliseconds(100), idle: .seconds(3600), request: .seconds(3600))
        try await withServer(limits) { port in
            let raw = try await RawConnection(port: port)
            var rest: [UInt8] = []
            try await raw.send("GET / HTTP/1.1\r\nHost: a\r\n\r\n")
            #expect(await raw.response(&rest)?.status == 404)
            #expect(await raw.text().isEmpty)
        }
    }

    @Test(
        "A later request on a connection has the same time limit as the first",
        arguments: ["G", "GET / HTTP/1.1\r\nHost: a\r\n", "POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 9\r\n\r\n"])
    func halfOfALaterRequest(beginning: String) async throws {
        let limits = ConnectionLimits(
            keepAlive: .seconds(3600), idle: .milliseconds(100), request: .seconds(3600))
        try await withServer(limits) { port in
            let raw = try await RawConnection(port: port)
            var rest: [UInt8] = []
            raw.pour("GET / HTTP/1.1\r\nHost: a\r\n\r\n")
            #expect(await raw.response(&rest)?.status == 404)
            raw.pour(beginning)
            #expect(await raw.text().isEmpty)
        }
    }

    @Test("A client that ignores the end of its connection is disconnected")
    func deafClient() async throws {
        let limits = ConnectionLimits(idle: .seconds(3600), linger: .milliseconds(100))
        try await withServer(limits) { port in
            let channel = try await ClientBootstrap(group: MultiThreadedEventLoopGroup.singleton)
                .channelOption(.allowRemoteHalfClosure, value: true)
                .connect(host: "127.0.0.1", port: port).get()
            channel.writeAndFlush(
                ByteBuffer(string: "GET / HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n"), promise: nil)
            // The server closes its side at once. A client that continues to write gets an error.
            let task = channel.eventLoop.scheduleRepeatedTask(initialDelay: .zero, delay: .milliseconds(10)) { _ in
                channel.writeAndFlush(ByteBuffer(string: "1"), promise: nil)
            }
            try await channel.closeFuture.get()
            task.cancel()
        }
    }

    @Test("A header that is too long is refused, and the connection is closed")
    func longHeader() async throws {
        try await withServer(ConnectionLimits(headerBytes: 4096)) { port in
            let channel = try await ConnectionLimitTests.connect(port)
            try await channel.writeAndFlush(
                ByteBuffer(string: "GET / HTTP/1.1\r\nX-Long: \(String(repeating: "a", count: 5000))\r\n\r\n"))
            try await channel.closeFuture.get()
        }
    }

    @Test("The server responds despite two thousand connections with incomplete requests")
    func slowloris() async throws {
        ConnectionLimits.raiseFileLimit()
        let server = try ServerProcess(in: ServerProcess.temporaryDirectory())
        defer { server.kill() }
        let port = try #require(server.origin.split(separator: ":").last.flatMap { Int($0) })
        var connections: [any Channel] = []
        for _ in 0..<20 {
            connections += try await withThrowingTaskGroup(of: (any Channel).self) { group in
                for _ in 0..<100 {
                    group.addTask {
                        let channel = try await ConnectionLimitTests.connect(port)
                        try await channel.writeAndFlush(ByteBuffer(string: "GET /livez HTTP/1.1\r\nHost: a\r\nX-"))
                        return channel
                    }
                }
                return try await group.reduce(into: []) { $0.append($1) }
            }
        }
        #expect(connections.count == 2000)
        let partner = try await Partner(server)
        let placed = try await partner.call(.POST, "/orders", body: partner.order(reference: "during"))
        #expect(placed.status == 201)
        #expect(connections.allSatisfy { $0.isActive })
        for channel in connections { try await channel.close() }
    }

    private static func connect(_ port: Int) async throws -> any Channel {
        try await ClientBootstrap(group: MultiThreadedEventLoopGroup.singleton)
            .connect(host: "127.0.0.1", port: port).get()
    }

    /// Runs a server that reads whole bodies, for the extent of `body`.
    private func withServer(
        _ limits: ConnectionLimits, _ body: @escaping @Sendable (Int) async throws -> Void
    ) async throws {
        let router = Router()
        router.post("/") { request, _ in
            _ = try await request.body.collect(upTo: .max)
            return HTTPResponse.Status.ok
        }
        let (ports, feed) = AsyncStream.makeStream(of: Int.self)
        let application = Application(
            router: router, server: .partnerAPI(certificate: nil, limits: limits),
            configuration: ApplicationConfiguration(address: .hostname("127.0.0.1", port: 0)),
            onServerRunning: { feed.yield($0.localAddress?.port ?? 0) },
            logger: Logger(label: "test") { _ in SwiftLogNoOpLogHandler() })
        try await withThrowingTaskGroup(of: Void.self) { group in
            group.addTask { try await application.run() }
            var iterator = ports.makeAsyncIterator()
            let port = try #require(await iterator.next())
            try await body(port)
            group.cancelAll()
        }
    }
}
