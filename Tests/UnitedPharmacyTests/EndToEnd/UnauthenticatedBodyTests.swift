import Foundation
import NIOHTTP1
import PharmacyDomain
import PharmacyServices
import Testing

@Suite("Request bodies of unauthenticated callers", .timeLimit(.minutes(2)))
struct UnauthenticatedBodyTests {
    private static let secret = "a-secret-for-tests-of-32-characters"
    private static let impetus = [
        "UP_IMPETUS_URL": "http://127.0.0.1:1", "UP_IMPETUS_TOKEN": "a-token-for-tests",
        "UP_IMPETUS_CALLBACK_SECRET": secret,
    ]

    /// Sends bytes as they are.
    private func report(
        _ server: ServerProcess, _ body: String, signature: String?, type: String = "application/json"
    ) async throws -> String {
        let line = signature.map { "\(CallbackSignature.header): \($0)\r\n" } ?? ""
        return try await RawConnection.exchange(
            server,
            "POST /impetus/v1/events HTTP/1.1\r\nHost: a\r\nContent-Type: \(type)\r\n\(line)"
                + "Content-Length: \(body.utf8.count)\r\nConnection: close\r\n\r\n\(body)")
    }

    private func status(_ response: String) -> Int? {
        response.split(separator: " ").dropFirst().first.flatMap { Int($0) }
    }

    private func signed(_ body: String) -> String {
        CallbackSignature(secret: Self.secret).header(body: Array(body.utf8), sentAt: SystemClock().now())
    }

    @Test("A report is not parsed before its signature is verified, and a long one is not received")
    func reports() async throws {
        let server = try ServerProcess(in: ServerProcess.temporaryDirectory(), settings: Self.impetus)
        defer { server.kill() }
        let malformed = "{" + String(repeating: "[", count: 16_000)
        let forged = CallbackSignature(secret: "another-secret-of-some-32-characters")
            .header(body: Array(malformed.utf8), sentAt: SystemClock().now())
        #expect(status(try await report(server, malformed, signature: forged)) == 401)
        #expect(status(try await report(server, "{", signature: nil)) == 401)
        #expect(status(try await report(server, malformed, signature: forged, type: "text/plain")) == 401)
        #expect(status(try await report(server, malformed, signature: signed(malformed))) == 400)
        #expect(status(try await report(server, "{}", signature: signed("{}"), type: "text/plain")) == 415)
        #expect(status(try await report(server, "{}", signature: signed("{}"))) == 422)
        let long = String(repeating: " ", count: 16_385)
        let response = try await report(server, long, signature: signed(long))
        #expect(status(response) == 413)
        #expect(response.contains("larger than 16 KiB"))
    }

    @Test("Forged reports are limited by address, audited and counted; signed ones are not limited")
    func limit() async throws {
        let directory = try ServerProcess.temporaryDirectory()
        let server = try ServerProcess(
            in: directory,
            settings: Self.impetus.merging(["UP_AUTH_RATE_LIMIT": "5/h", "UP_TRUSTED_PROXIES": "127.0.0.1"]) { $1 })
        let url = server.origin + "/impetus/v1/events"
        let body: JSON = ["prescription": "fd44a635-6d0c-47fa-8343-e0d604d46992", "status": "shipped"]
        func send(from address: String, signature: String) async throws -> Partner.Response {
            try await Partner.call(
                .POST, url, token: nil, body: body,
                headers: [CallbackSignature.header: signature, "X-Forwarded-For": address])
        }
        let signature = signed(String(decoding: body.bytes, as: UTF8.self))
        for _ in 0..<10 { #expect(try await send(from: "192.0.2.1", signature: signature).status == 404) }
        for _ in 0..<5 { #expect(try await send(from: "192.0.2.1", signature: "t=1,v1=00").status == 401) }
        let sixth = try await send(from: "192.0.2.1", signature: "t=1,v1=00")
        #expect(sixth.status == 429)
        #expect(sixth.headers.first(name: "Retry-After").flatMap { Int($0) } ?? 0 > 0)
        #expect(try await send(from: "192.0.2.2", signature: "t=1,v1=00").status == 401)
        #expect(try await send(from: "192.0.2.3", signature: signature).status == 404)
        let page = String(
            decoding: try await Partner.call(.GET, server.origin + "/metrics", token: nil).bytes, as: UTF8.self)
        #expect(page.contains("order_reports_refused_total{reason=\"signature\"} 6\n"))
        #expect(page.contains("order_reports_refused_total{reason=\"rate_limit\"} 1\n"))
        #expect(server.stop() == 0)
        let exported = try ServerProcess.run(
            ["audit", "export", "--action", "report.refused"], in: directory, settings: ["UP_LOG_LEVEL": "error"])
        let entries = try exported.output.split(separator: "\n").map { try JSON.parse(Array($0.utf8)) }
        #expect(entries.count == 6)
        for entry in entries {
            #expect(entry["actor"] == "anonymous" && entry["tenant"] == .null && entry["subjects"] == [])
            #expect(entry["request_id"] != .null)
        }
    }

    @Test(
        "A body with credentials is limited to 16 KiB, by its declared length and while it is received",
        arguments: ["auth/token", "auth/refresh", "auth/revoke", "auth/credentials"])
    func tokens(path: String) async throws {
        let server = try ServerProcess(in: ServerProcess.temporaryDirectory())
        defer { server.kill() }
        let head =
            "POST /pharmacy/sandbox/api/v1/\(path) HTTP/1.1\r\nHost: a\r\nContent-Type: application/json\r\n"
        let declared = try await RawConnection.exchange(server, head + "Content-Length: 16385\r\n\r\n{")
        let chunk = String(repeating: " ", count: 4_096)
        let chunks = String(repeating: "1000\r\n\(chunk)\r\n", count: 5) + "0\r\n\r\n"
        let chunked = try await RawConnection.exchange(server, head + "Transfer-Encoding: chunked\r\n\r\n" + chunks)
        for response in [declared, chunked] {
            #expect(status(response) == 413)
            #expect(response.contains("body_too_large") && response.contains("16 KiB"))
        }
        // One byte less is read, and found to be no JSON.
        let body = String(repeating: "a", count: 16_384)
        let whole = try await RawConnection.exchange(
            server, head + "Connection: close\r\nContent-Length: \(body.utf8.count)\r\n\r\n\(body)")
        #expect(status(whole) == 400)
    }

    @Test("The request is counted before its body is read")
    func order() async throws {
        let server = try ServerProcess(
            in: ServerProcess.temporaryDirectory(), settings: ["UP_AUTH_RATE_LIMIT": "3/h"])
        defer { server.kill() }
        var statuses: [Int?] = []
        for _ in 0..<4 {
            let response = try await RawConnection.exchange(
                server,
                "POST /pharmacy/sandbox/api/v1/auth/token HTTP/1.1\r\nHost: a\r\nContent-Type: application/json\r\n"
                    + "Connection: close\r\nContent-Length: 3\r\n\r\n{{{")
            statuses.append(status(response))
        }
        #expect(statuses == [400, 400, 400, 429])
    }

    @Test("An unknown setup token is refused before other errors are reported, and a known one is not")
    func setupTokens() async throws {
        let server = try ServerProcess(in: ServerProcess.temporaryDirectory())
        defer { server.kill() }
        let guess = "up_setup_" + String(repeating: "g", count: 43)
        for (token, expected) in [(guess, 401), (ServerProcess.setupToken, 422)] {
            let response = try await Partner.call(
                .POST, server.baseURL + "/auth/credentials", token: nil,
                body: ["setup_token": .string(token), "name": 7])
            #expect(response.status == expected)
        }
        let unknown = try await Partner.call(
            .POST, server.baseURL + "/auth/revoke", token: nil, body: ["token": "up_refresh_unknown"])
        #expect(unknown.status == 200)
    }
}
