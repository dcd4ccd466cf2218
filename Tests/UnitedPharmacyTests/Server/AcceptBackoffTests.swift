import Foundation
import Logging
import NIOCore
import NIOEmbedded
import NIOHTTP1
import NIOPosix
import Synchronization
import Testing

@testable import UnitedPharmacy

/// Records log entries with their metadata.
private final class RecordedLines: LogHandler, Sendable {
    private let recorded = Mutex<[String]>([])

    var metadata: Logger.Metadata {
        get { [:] }
        set {}
    }
    var logLevel: Logger.Level {
        get { .info }
        set {}
    }

    subscript(metadataKey key: String) -> Logger.Metadata.Value? {
        get { nil }
        set {}
    }

    func log(event: LogEvent) { recorded.withLock { $0.append("\(event.message) \(event.metadata ?? [:])") } }

    var lines: [String] { recorded.withLock(\.self) }

    var logger: Logger { Logger(label: "recorded", factory: { _ in self }) }
}

@Suite("Accepting connections without free file descriptors", .timeLimit(.minutes(2)))
struct AcceptBackoffTests {
    /// Counts accepted connections and errors that reach the next handler.
    private final class Listener: ChannelInboundHandler {
        typealias InboundIn = any Channel

        var accepted = 0
        var errors = 0

        func channelRead(context: ChannelHandlerContext, data: NIOAny) { accepted += 1 }
        func errorCaught(context: ChannelHandlerContext, error: any Error) { errors += 1 }
    }

    /// Counts the reads from the listening socket.
    private final class Socket: ChannelOutboundHandler {
        typealias OutboundIn = Never

        var reads = 0

        func read(context: ChannelHandlerContext) { reads += 1 }
    }

    private static func failure(_ number: CInt) -> IOError { IOError(errnoCode: number, reason: "accept") }

    @Test("The listener's pauses grow, and it logs the start and the end of the shortage once each")
    func pauses() throws {
        let log = RecordedLines()
        let channel = EmbeddedChannel()
        defer { _ = try? channel.finish(acceptAlreadyClosed: true) }
        let (listener, socket) = (Listener(), Socket())
        try channel.pipeline.syncOperations.addHandlers(
            socket, AcceptBackoff(logger: log.logger, room: .max), listener)

        for (number, milliseconds) in ([100, 200, 400, 800, 1_000, 1_000] as [Int64]).enumerated() {
            channel.pipeline.fireErrorCaught(Self.failure(EMFILE))
            channel.pipeline.read()
            channel.embeddedEventLoop.advanceTime(by: .milliseconds(milliseconds - 1))
            #expect(socket.reads == number, "\(milliseconds)")
            channel.embeddedEventLoop.advanceTime(by: .milliseconds(1))
            #expect(socket.reads == number + 1, "\(milliseconds)")
        }
        #expect(listener.errors == 0, "the sequence of connections continues")
        #expect(log.lines.count == 1)
        #expect(log.lines.first?.contains("file descriptors") == true)
        #expect(log.lines.first?.contains("LimitNOFILE") == true)

        // One accepted connection does not end the condition while others fail.
        let child = EmbeddedChannel(loop: channel.embeddedEventLoop)
        channel.pipeline.fireChannelRead(child as any Channel)
        channel.embeddedEventLoop.advanceTime(by: .seconds(3))
        channel.pipeline.fireErrorCaught(Self.failure(EMFILE))
        channel.pipeline.read()
        #expect(socket.reads == 6)
        child.close(promise: nil)
        channel.embeddedEventLoop.run()
        #expect(socket.reads == 7, "there is room at once when a connection closes")
        channel.embeddedEventLoop.advanceTime(by: .milliseconds(4_999))
        #expect(log.lines.count == 1)
        channel.embeddedEventLoop.advanceTime(by: .milliseconds(1))
        #expect(log.lines.count == 2 && log.lines.last == "accepting connections again [\"failures\": 7]")
        #expect(listener.accepted == 1)

        channel.pipeline.fireErrorCaught(Self.failure(ENFILE))
        #expect(log.lines.count == 3 && log.lines.last?.contains("fs.file-max") == true)
    }

    @Test("The listener pauses when connections have all the room, and resumes when one closes")
    func room() throws {
        let log = RecordedLines()
        let channel = EmbeddedChannel()
        defer { _ = try? channel.finish(acceptAlreadyClosed: true) }
        let (listener, socket) = (Listener(), Socket())
        try channel.pipeline.syncOperations.addHandlers(
            socket, AcceptBackoff(logger: log.logger, room: 2), listener)
        let children = (0..<3).map { _ in EmbeddedChannel(loop: channel.embeddedEventLoop) }

        channel.pipeline.fireChannelRead(children[0] as any Channel)
        channel.pipeline.read()
        #expect(socket.reads == 1 && log.lines.isEmpty)
        // Two of one read: the second has no room, and is served.
        for child in children[1...] { channel.pipeline.fireChannelRead(child as any Channel) }
        channel.pipeline.read()
        #expect(listener.accepted == 3 && socket.reads == 1 && log.lines.count == 1)
        channel.embeddedEventLoop.advanceTime(by: .seconds(10))
        #expect(socket.reads == 1, "a pause does not end while there is no room")
        children[0].close(promise: nil)
        channel.embeddedEventLoop.run()
        #expect(socket.reads == 1, "two are open")
        children[1].close(promise: nil)
        channel.embeddedEventLoop.run()
        #expect(socket.reads == 2 && log.lines.count == 1)
        children[2].close(promise: nil)
    }

    @Test("Other errors of the listener are passed on")
    func others() throws {
        let log = RecordedLines()
        let channel = EmbeddedChannel()
        defer { _ = try? channel.finish(acceptAlreadyClosed: true) }
        let listener = Listener()
        try channel.pipeline.syncOperations.addHandler(AcceptBackoff(logger: log.logger, room: .max))
        try channel.pipeline.syncOperations.addHandler(listener)
        channel.pipeline.fireErrorCaught(Self.failure(EBADF))
        #expect(listener.errors == 1 && log.lines.isEmpty)
    }

    @Test("A server without free descriptors serves its connections, and accepts new ones when descriptors are free")
    func server() async throws {
        let log = FileManager.default.temporaryDirectory.appending(path: "up-test-\(UUID().uuidString).log")
        defer { try? FileManager.default.removeItem(at: log) }
        let server = try ServerProcess(in: ServerProcess.temporaryDirectory(), log: log, files: 128)
        defer { server.kill() }
        let open = try await RawConnection(server)
        var rest: [UInt8] = []
        func get(_ path: String) async throws -> RawResponse {
            try await open.send("GET \(path) HTTP/1.1\r\nHost: a\r\n\r\n")
            return try #require(await open.response(&rest))
        }
        func failures() async throws -> Int {
            let page = String(decoding: try await get("/metrics").body, as: UTF8.self)
            let line = page.split(separator: "\n").first {
                !$0.hasPrefix("#") && $0.contains("accept_failures_total")
            }
            return line.flatMap { $0.split(separator: " ").last }.flatMap { Double($0) }.map { Int($0) } ?? 0
        }
        #expect(try await get("/livez").status == 200)

        // The system takes them all; the server has descriptors for some.
        var others: [RawConnection] = []
        for _ in 0..<150 { others.append(try await RawConnection(server)) }
        while try await failures() == 0 {}
        let before = try await failures()
        for _ in 0..<200 { #expect(try await get("/livez").status == 200) }
        // At most ten in the first second, and then one in each.
        #expect(try await failures() - before < 100)

        for connection in others { try await connection.channel.close() }
        let late = try await RawConnection(server)
        var lateRest: [UInt8] = []
        try await late.send("GET /livez HTTP/1.1\r\nHost: a\r\n\r\n")
        #expect(await late.response(&lateRest)?.status == 200)
        let lines = try String(contentsOf: log, encoding: .utf8).split(separator: "\n")
        #expect(lines.filter { $0.contains("cannot accept connections") }.count == 1)
        #expect(lines.allSatisfy { !$0.contains("Waiting on child channel") })
    }
}
