import Foundation
import Glibc
import PharmacyServices
import Testing

@Suite("Where audit anchors are sent", .timeLimit(.minutes(3)))
struct AuditAnchorSinkTests {
    private let line = Array("{\"format\":1}".utf8)

    @Test("Syslog receives a datagram with the program's name and the line")
    func syslog() async throws {
        // Short, because paths of sockets are limited.
        let path = "/tmp/up-\(UUID().uuidString.prefix(8))"
        defer { unlink(path) }
        let socket = socket(AF_UNIX, Int32(SOCK_DGRAM.rawValue | SOCK_NONBLOCK.rawValue), 0)
        try #require(socket >= 0)
        defer { close(socket) }
        var address = sockaddr_un()
        address.sun_family = sa_family_t(AF_UNIX)
        withUnsafeMutableBytes(of: &address.sun_path) { $0.copyBytes(from: Array(path.utf8)) }
        let isBound = withUnsafePointer(to: &address) { pointer in
            pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                bind(socket, $0, socklen_t(MemoryLayout<sockaddr_un>.size)) == 0
            }
        }
        try #require(isBound)
        try await AuditAnchorSyslog(path: path).write(line)
        var bytes = [UInt8](repeating: 0, count: 1_024)
        let count = bytes.withUnsafeMutableBytes { recv(socket, $0.baseAddress, $0.count, 0) }
        try #require(count > 0)
        #expect(
            String(decoding: bytes.prefix(count), as: UTF8.self)
                == "<85>united-pharmacy[\(getpid())]: {\"format\":1}")
    }

    @Test("Without a syslog socket the failure names the step")
    func noSyslog() async throws {
        let failure = await #expect(throws: AuditAnchorFile.Failure.self) {
            try await AuditAnchorSyslog(path: "/tmp/up-nothing-\(UUID().uuidString)").write(line)
        }
        #expect(failure?.description.contains("connecting to it failed") == true)
    }

    @Test("A collector receives the line as the body of a POST; other statuses than 2xx are failures")
    func collector() async throws {
        for (status, isTaken) in [("204 No Content", true), ("302 Found", false), ("500 No", false)] {
            let response = "HTTP/1.1 \(status)\r\ncontent-length: 0\r\n\r\n"
            try await SocketReceiver.with(.respond(response)) { receiver in
                let collector = AuditAnchorCollector(url: "http://127.0.0.1:\(receiver.port)/anchors")
                var failure: AuditAnchorFile.Failure?
                do {
                    try await collector.write(line)
                } catch let error as AuditAnchorFile.Failure {
                    failure = error
                }
                await collector.shutdown()
                #expect(
                    failure?.description == (isTaken ? nil : "it responded with status \(status.prefix(3))"))
                var requests = receiver.requests.makeAsyncIterator()
                let request = try #require(await requests.next())
                #expect(request.hasPrefix("POST /anchors HTTP/1.1"))
                #expect(request.hasSuffix("{\"format\":1}"))
            }
        }
    }

    @Test("The failure of an unreachable collector does not contain its address")
    func unreachable() async throws {
        let collector = AuditAnchorCollector(url: "http://127.0.0.1:1/secret")
        let failure = await #expect(throws: AuditAnchorFile.Failure.self) { try await collector.write(line) }
        await collector.shutdown()
        #expect(failure?.description.contains("the request failed") == true)
        #expect(failure?.description.contains("secret") == false)
    }
}
