import Foundation
import NIOCore
import PharmacyDomain
import Testing

@testable import UnitedPharmacy

/// The rules of RFC 9112 for connections, and the errors that the HTTP layer finds itself, over sockets of the server.
@Suite("Connections of HTTP/1", .serialized, .timeLimit(.minutes(3)))
struct HTTP1ConnectionTests {
    private static let ping = "/pharmacy/sandbox/api/v1/ping"

    /// A request for `ping` with lines after its Host.
    private static func ping(_ lines: String..., method: String = "GET", version: String = "1.1") -> String {
        "\(method) \(ping) HTTP/\(version)\r\nHost: a\r\n" + lines.map { $0 + "\r\n" }.joined() + "\r\n"
    }

    private func withServer(
        settings: [String: String] = [:], log: URL? = nil, _ body: (ServerProcess) async throws -> Void
    ) async throws {
        let server = try ServerProcess(in: ServerProcess.temporaryDirectory(), settings: settings, log: log)
        defer { server.kill() }
        try await body(server)
    }

    @Test("The response to the last request has Connection: close, and the connection ends")
    func closing() async throws {
        try await withServer { server in
            for request in [
                Self.ping("Connection: close"), Self.ping("Connection: Close"), Self.ping("Connection: TE, close"),
                Self.ping("Connection: TE", "Connection: CLOSE"), Self.ping(version: "1.0"),
                Self.ping("Connection: close, keep-alive", version: "1.0"), "GET \(Self.ping) HTTP/1.0\r\n\r\n",
            ] {
                // Requests after the last are not read (RFC 9112 §9.6).
                let responses = RawResponse.all(try await RawConnection.exchange(server, request + Self.ping()))
                #expect(responses.map(\.status) == [200], "\(request)")
                #expect(responses.first?.fields["connection"] == "close", "\(request)")
            }
        }
    }

    @Test("A connection stays open if both sides allow it, and serves one request after the other")
    func staysOpen() async throws {
        try await withServer { server in
            for (request, connection) in [
                (Self.ping(), nil), (Self.ping("Connection: keep-alive"), nil),
                (Self.ping("Connection: keep-alive", version: "1.0"), "keep-alive"),
                (Self.ping(version: "1.2"), nil),
                ("\r\n" + Self.ping(), nil), ("GET http://elsewhere\(Self.ping) HTTP/1.1\r\nHost: a\r\n\r\n", nil),
            ] {
                let raw = try await RawConnection(server)
                var rest: [UInt8] = []
                for _ in 1...2 {
                    try await raw.send(request)
                    let response = try #require(await raw.response(&rest))
                    #expect(response.status == 200, "\(request)")
                    #expect(response.fields["connection"] == connection, "\(request)")
                }
                try await raw.channel.close()
            }
        }
    }

    @Test(
        "An offer of another protocol is ignored, and the connection continues (RFC 9110 §7.8)",
        arguments: [
            ["Connection: Upgrade, HTTP2-Settings", "Upgrade: h2c", "HTTP2-Settings: AAMAAABkAAQAAP__"],
            ["Connection: Upgrade", "Upgrade: websocket", "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ=="],
            ["Connection: upgrade", "Upgrade: TLS/1.0"],
        ])
    func upgrade(lines: [String]) async throws {
        try await withServer { server in
            let raw = try await RawConnection(server)
            var rest: [UInt8] = []
            let offer =
                "GET \(Self.ping) HTTP/1.1\r\nHost: a\r\n" + lines.map { $0 + "\r\n" }.joined() + "\r\n"
            for request in [offer, Self.ping(), offer + Self.ping()] {
                try await raw.send(request)
                for _ in 1...(request == offer + Self.ping() ? 2 : 1) {
                    let response = try #require(await raw.response(&rest))
                    #expect(response.status == 200)
                    #expect(response.fields["upgrade"] == nil)
                }
            }
            try await raw.channel.close()
        }
    }

    @Test("Pipelined requests get their responses in order, also if the client then closes its side")
    func pipelining() async throws {
        try await withServer { server in
            let ids = (1...20).map { "id-\($0)" }
            let requests = ids.map { Self.ping("X-Request-Id: \($0)") }.joined()
            let raw = try await RawConnection(server)
            raw.pour(requests)
            raw.finish()
            let responses = RawResponse.all(await raw.text())
            #expect(responses.map { $0.fields["x-request-id"] } == ids)
        }
    }

    @Test("A response to HEAD has no body, and the next request on the connection is read")
    func head() async throws {
        try await withServer { server in
            let raw = try await RawConnection(server)
            var rest: [UInt8] = []
            try await raw.send(Self.ping(method: "HEAD") + Self.ping())
            let head = try #require(await raw.response(&rest, hasBody: false))
            #expect(head.status == 200 && head.fields["content-length"] != "0")
            #expect(try #require(await raw.response(&rest)).json["status"] == "ok")
            try await raw.channel.close()
        }
    }

    @Test("A client of HTTP/1.0 gets no interim response")
    func noInterim() async throws {
        try await withServer { server in
            let text = try await RawConnection.exchange(
                server,
                "POST /pharmacy/sandbox/api/v1/auth/token HTTP/1.0\r\nContent-Type: application/json\r\n"
                    + "Expect: 100-continue\r\nContent-Length: 2\r\n\r\n{}")
            #expect(RawResponse.all(text).map(\.status) == [422])
        }
    }

    @Test("An unknown method gets 405 with Allow, and the connection continues")
    func unknownMethods() async throws {
        try await withServer { server in
            let raw = try await RawConnection(server)
            var rest: [UInt8] = []
            for method in ["BREW", "get", "PURGE", "TRACE", "OPTIONS", "X-1"] {
                try await raw.send(Self.ping(method: method))
                let response = try #require(await raw.response(&rest))
                try response.expectError(405)
                #expect(response.fields["allow"] == "GET, HEAD")
            }
            try await raw.channel.close()
        }
    }

    @Test("A malformed request gets the API's error and a log line, and the connection is closed")
    func errors() async throws {
        let log = FileManager.default.temporaryDirectory.appending(path: "up-test-\(UUID().uuidString).log")
        defer { try? FileManager.default.removeItem(at: log) }
        try await withServer(settings: ["UP_LOG_LEVEL": "info"], log: log) { server in
            var expected: [(id: String, status: Int)] = []
            for (request, status) in RequestText.invalid where !request.testDescription.contains("chunk") {
                let raw = try await RawConnection(server)
                // The rest of the bytes may meet a closed door.
                raw.pour(request.text.replacing(" /a", with: " " + Self.ping))
                let responses = RawResponse.all(await raw.text())
                #expect(responses.count == 1, "\(request.testDescription)")
                let response = try #require(responses.first, "\(request.testDescription)")
                // Bodies of `ping` are not waited for.
                guard response.status != 405 else { continue }
                expected.append((try response.expectError(status), status))
                #expect(response.fields["connection"] == "close", "\(request.testDescription)")
                #expect(response.fields["date"] != nil && response.fields["x-content-type-options"] == "nosniff")
            }
            #expect(expected.count > 40)
            #expect(server.stop() == 0)
            let lines = try String(contentsOf: log, encoding: .utf8).split(separator: "\n")
            for (id, status) in expected {
                let line = lines.first { $0.contains(id) && $0.contains("status=\(status)") }
                #expect(line != nil, "\(id) \(status)")
            }
        }
    }

    @Test("A refusal has the client's request id and the format of the operation's errors")
    func refusedID() async throws {
        try await withServer { server in
            let text = try await RawConnection.exchange(
                server,
                "POST /pharmacy/sandbox/api/v1/auth/token HTTP/1.1\r\nX-Request-Id: mine-1\r\nContent-Length: 0\r\n\r\n"
            )
            let response = try #require(RawResponse.all(text).first)
            #expect(try response.expectError(400) == "mine-1")
            #expect(try response.json["error"] == "invalid_request")
            #expect(try response.json["message"] == "The Host header field is missing.")
        }
    }

    @Test("An incomplete or wrongly framed body gets 400")
    func bodies() async throws {
        try await withServer { server in
            let token = try await Partner(server).accessToken
            let head =
                "POST /pharmacy/sandbox/api/v1/patients HTTP/1.1\r\nHost: a\r\nAuthorization: Bearer \(token)\r\n"
                + "Content-Type: application/json\r\n"
            for rest in [
                "Content-Length: 100\r\n\r\n{", "Transfer-Encoding: chunked\r\n\r\n1\r\n{\r\n",
                "Transfer-Encoding: chunked\r\n\r\nzz\r\n", "Transfer-Encoding: chunked\r\n\r\n1\r\n{}\r\n0\r\n\r\n",
            ] {
                let raw = try await RawConnection(server)
                raw.pour(head + rest)
                raw.finish()
                let responses = RawResponse.all(await raw.text())
                #expect(responses.count == 1, "\(rest)")
                let response = try #require(responses.first)
                try response.expectError(400)
                #expect(try response.json["code"] == "bad_request", "\(rest)")
                #expect(response.fields["connection"] == "close", "\(rest)")
            }
        }
    }

    @Test("A request that got its response before its body gets no second response, even if the body is invalid")
    func answeredBefore() async throws {
        try await withServer { server in
            let raw = try await RawConnection(server)
            var rest: [UInt8] = []
            try await raw.send(
                "POST /pharmacy/sandbox/api/v1/patients HTTP/1.1\r\nHost: a\r\nContent-Type: application/json\r\n"
                    + "Transfer-Encoding: chunked\r\n\r\n")
            try #require(await raw.response(&rest)).expectError(401)
            raw.pour("zz\r\n" + Self.ping())
            #expect(await raw.text().isEmpty && rest.isEmpty)
        }
    }

    @Test("A client that still sends can read a response that ends the connection")
    func lingering() async throws {
        try await withServer { server in
            let token = try await Partner(server).accessToken
            let raw = try await RawConnection(server)
            raw.pour(
                "POST /pharmacy/sandbox/api/v1/patients HTTP/1.1\r\nHost: a\r\nAuthorization: Bearer \(token)\r\n"
                    + "Content-Type: application/json\r\nContent-Length: 8000000\r\n\r\n"
                    + String(repeating: " ", count: 4_000_000))
            var rest: [UInt8] = []
            let response = try #require(await raw.response(&rest))
            try response.expectError(413)
            #expect(response.fields["connection"] == "close")
            #expect(await raw.text().isEmpty)
        }
    }

    @Test("A server that stops closes idle connections at once")
    func stopping() async throws {
        try await withServer { server in
            let raw = try await RawConnection(server)
            var rest: [UInt8] = []
            try await raw.send(Self.ping())
            #expect(await raw.response(&rest)?.status == 200)
            #expect(server.stop() == 0)
            #expect(await raw.text().isEmpty)
        }
    }
}
