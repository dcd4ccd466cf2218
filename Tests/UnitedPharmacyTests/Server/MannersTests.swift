import Foundation
import NIOCore
import NIOHTTP1
import PharmacyDomain
import Testing

/// What the framework answers of itself, and what ours must: told over sockets, for tests within the router skip the
/// reading of HTTP.
@Suite("Manners over a socket", .serialized)
struct MannersTests {
    private static let base = "/pharmacy/sandbox/api/v1"

    private func withServer(_ body: (ServerProcess) async throws -> Void) async throws {
        let server = try ServerProcess(in: ServerProcess.temporaryDirectory())
        defer { server.kill() }
        try await body(server)
        // Still there, and well.
        #expect(try await Partner.call(.GET, server.origin + "/livez", token: nil).status == 200)
    }

    /// The status in the first line of an answer.
    private func status(_ answer: String) -> Int? {
        answer.split(separator: " ").dropFirst().first.flatMap { Int($0) }
    }

    @Test("A method that a path does not answer is a 405 that says which it does")
    func methods() async throws {
        try await withServer { server in
            for (path, method, allow) in [
                (Self.base + "/orders", HTTPMethod.PUT, "POST, GET, HEAD"),
                (Self.base + "/ping", .POST, "GET, HEAD"), (Self.base + "/auth/token", .GET, "POST"),
                ("/livez", .DELETE, "GET, HEAD"), ("/openapi.json", .POST, "GET, HEAD"), ("/", .POST, "GET, HEAD"),
                ("/docs/reference", .PUT, "GET, HEAD"), ("/docs/errors", .PATCH, "GET, HEAD"),
            ] {
                let answer = try await Partner.call(method, server.origin + path, token: nil)
                #expect(answer.status == 405, "\(method) \(path)")
                #expect(answer.headers.first(name: "Allow") == allow, "\(method) \(path)")
                #expect(try answer.json["code"] == "method_not_allowed")
            }
        }
    }

    @Test("HEAD is answered like GET, without the body")
    func head() async throws {
        try await withServer { server in
            let partner = try await Partner(server)
            for path in ["/ping", "/pharmacies", "/patients/\(partner.patientID)", "/patients/\(UUID().uuidString)"] {
                let get = try await partner.call(.GET, path)
                let head = try await partner.call(.HEAD, path)
                #expect(head.status == get.status)
                #expect(head.bytes.isEmpty)
                #expect(head.headers.first(name: "Content-Type") == get.headers.first(name: "Content-Type"))
            }
        }
    }

    @Test("A body of more than 1 MiB is a 413, by its length or as it comes, and the answer can be read")
    func tooLarge() async throws {
        try await withServer { server in
            let token = try await Partner(server).accessToken
            let head =
                "POST \(Self.base)/orders HTTP/1.1\r\nHost: a\r\nAuthorization: Bearer \(token)\r\n"
                + "Content-Type: application/json\r\n"
            let declared = try await RawConnection.exchange(server, head + "Content-Length: 1048577\r\n\r\n{")
            #expect(status(declared) == 413)
            let chunk = String(repeating: " ", count: 65_536)
            let chunks = String(repeating: "10000\r\n\(chunk)\r\n", count: 17) + "0\r\n\r\n"
            let chunked = try await RawConnection.exchange(server, head + "Transfer-Encoding: chunked\r\n\r\n" + chunks)
            #expect(status(chunked) == 413)
            for answer in [declared, chunked] { #expect(answer.contains("body_too_large")) }
            // One byte less is read, and found to be no order.
            let body = "{" + String(repeating: " ", count: 1_048_574) + "}"
            let whole = try await RawConnection.exchange(
                server, head + "Connection: close\r\nContent-Length: 1048576\r\n\r\n" + body)
            #expect(status(whole) == 422)
        }
    }

    @Test("Expect: 100-continue is answered before the body, unless the body would be refused")
    func expectContinue() async throws {
        try await withServer { server in
            let token = try await Partner(server).accessToken
            func head(_ length: Int) -> String {
                "POST \(Self.base)/patients HTTP/1.1\r\nHost: a\r\nAuthorization: Bearer \(token)\r\n"
                    + "Content-Type: application/json\r\nExpect: 100-continue\r\nContent-Length: \(length)\r\n"
            }
            let connection = try await RawConnection(server)
            try await connection.send(head(2) + "\r\n")
            #expect(await connection.text(upTo: "\r\n\r\n").hasPrefix("HTTP/1.1 100 Continue\r\n"))
            try await connection.send("{}")
            #expect(status(await connection.text(upTo: "\r\n\r\n")) == 422)
            try await connection.channel.close()
            #expect(status(try await RawConnection.exchange(server, head(2_000_000) + "\r\n")) == 413)
        }
    }

    @Test(
        "What is no HTTP gets a 400 or no answer, and never harms",
        arguments: [
            "\r\n\r\nnonsense\r\n\r\n", "GET\r\n\r\n", "GET / HTTP/9.9\r\n\r\n", "GET / HTTP/1.1\r\nHost a\r\n\r\n",
            "GET / HTTP/1.1\r\nHost: a\r\nX: a\0b\r\n\r\n", "POST / HTTP/1.1\r\nHost: a\r\nContent-Length: -1\r\n\r\n",
            "POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 1\r\nContent-Length: 2\r\n\r\nab",
            "POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 4\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n",
            "POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 99999999999999999999\r\n\r\n",
            "POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n",
            "\u{16}\u{3}\u{1}\u{2}\0\u{1}",
        ])
    func nonsense(request: String) async throws {
        try await withServer { server in
            let connection = try await RawConnection(server)
            connection.pour(request + "\r\n\r\nGET /livez HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n")
            connection.finish()
            let answer = await connection.text()
            #expect(answer.isEmpty || [400, 405, 505].contains(status(answer)), "\(answer.prefix(40))")
        }
    }

    @Test(
        "Odd paths and queries are answered as errors of the client",
        arguments: [
            "/pharmacy", "/pharmacy/", "/pharmacy/SANDBOX/api/v1/ping", "/pharmacy/nobody/api/v1/ping",
            "/pharmacy/%00/api/v1/ping", "/pharmacy/%zz/api/v1/ping", "/pharmacy/sandbox/api/v1/%2e%2e/ping",
            "/pharmacy/sandbox/api/v1/patients/%00", "/pharmacy/sandbox/api/v1/patients/%ff%fe",
            "/pharmacy/sandbox/api/v1/patients?page=99999999999999999999", "/pharmacy/sandbox/api/v1/patients?page=-1",
            "/pharmacy/sandbox/api/v1/patients?per_page=101", "/pharmacy/sandbox/api/v1/patients?email=%ff",
            "/pharmacy/sandbox/api/v1/orders?status=lost", "/pharmacy/sandbox/api/v1/orders?created_from=yesterday",
            "/pharmacy/sandbox/api/v1/nothing", "/nothing", "/docs/../livez", "/%2e%2e/etc/passwd",
        ])
    func oddPaths(path: String) async throws {
        try await withServer { server in
            let token = try await Partner(server).accessToken
            let answer = try await RawConnection.exchange(
                server,
                "GET \(path) HTTP/1.1\r\nHost: a\r\nAuthorization: Bearer \(token)\r\nConnection: close\r\n\r\n")
            #expect([400, 404, 422].contains(status(answer)), "\(answer.prefix(40))")
        }
    }

    @Test("A sane request id comes back, and any other is replaced")
    func requestIDs() async throws {
        try await withServer { server in
            for (sent, isKept) in [
                ("order-42.a_B", true), (String(repeating: "a", count: 128), true),
                (String(repeating: "a", count: 129), false), ("a b", false), ("<script>", false), ("", false),
            ] {
                let answer = try await Partner.call(
                    .GET, server.baseURL + "/ping", token: nil, headers: ["X-Request-Id": sent])
                let id = try #require(answer.headers.first(name: "X-Request-Id"))
                #expect((id == sent) == isKept)
                #expect(isKept || UUID(uuidString: id) != nil)
            }
        }
    }

    @Test("JSON that is nested without end, or broken, is a 400 that says where")
    func brokenJSON() async throws {
        try await withServer { server in
            let token = try await Partner(server).accessToken
            for body in [
                String(repeating: "[", count: 2000), "{\"a\":" + String(repeating: "{\"a\":", count: 2000), "{", "",
                "{\"first_name\": \"A\",}", "nul", "{\"a\": 01}", "{\"a\": \"\u{1}\"}",
            ] {
                let answer = try await RawConnection.exchange(
                    server,
                    "POST \(Self.base)/patients HTTP/1.1\r\nHost: a\r\nAuthorization: Bearer \(token)\r\n"
                        + "Content-Type: application/json\r\nContent-Length: \(body.utf8.count)\r\n"
                        + "Connection: close\r\n\r\n\(body)")
                #expect(status(answer) == 400, "\(answer.prefix(60))")
                #expect(answer.contains("malformed_json") && answer.contains("line 1, column"))
            }
        }
    }
}
