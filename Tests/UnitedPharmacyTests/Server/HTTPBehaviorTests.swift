import Foundation
import NIOCore
import NIOHTTP1
import PharmacyDomain
import Testing

/// Tests over sockets, because tests within the router skip the parsing of HTTP.
@Suite("HTTP behavior over a socket", .serialized, .timeLimit(.minutes(3)))
struct HTTPBehaviorTests {
    private static let base = "/pharmacy/sandbox/api/v1"

    private func withServer(_ body: (ServerProcess) async throws -> Void) async throws {
        let server = try ServerProcess(in: ServerProcess.temporaryDirectory())
        defer { server.kill() }
        try await body(server)
        // The server still responds.
        #expect(try await Partner.call(.GET, server.origin + "/livez", token: nil).status == 200)
    }

    /// The status in the first line of a response.
    private func status(_ response: String) -> Int? {
        response.split(separator: " ").dropFirst().first.flatMap { Int($0) }
    }

    @Test("A method that a path does not allow gets 405 with Allow")
    func methods() async throws {
        try await withServer { server in
            for (path, method, allow) in [
                (Self.base + "/orders", HTTPMethod.PUT, "POST, GET, HEAD"),
                (Self.base + "/ping", .POST, "GET, HEAD"), (Self.base + "/auth/token", .GET, "POST"),
                ("/livez", .DELETE, "GET, HEAD"), ("/openapi.json", .POST, "GET, HEAD"), ("/", .POST, "GET, HEAD"),
                ("/.well-known/jwks.json", .POST, "GET, HEAD"),
                ("/.well-known/oauth-authorization-server/pharmacy/sandbox/api/v1", .DELETE, "GET, HEAD"),
                ("/docs/reference", .PUT, "GET, HEAD"), ("/docs/errors", .PATCH, "GET, HEAD"),
            ] {
                let response = try await Partner.call(method, server.origin + path, token: nil)
                #expect(response.status == 405, "\(method) \(path)")
                #expect(response.headers.first(name: "Allow") == allow, "\(method) \(path)")
                #expect(try response.json["code"] == "method_not_allowed")
            }
        }
    }

    @Test("HEAD gets the response of GET without the body")
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

    @Test(
        "A body of more than 1 MiB gets 413, by its declared length or while it is received, and the client can read the response"
    )
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
            for response in [declared, chunked] { #expect(response.contains("body_too_large")) }
            // One byte less is read, and found to be no order.
            let body = "{" + String(repeating: " ", count: 1_048_574) + "}"
            let whole = try await RawConnection.exchange(
                server, head + "Connection: close\r\nContent-Length: 1048576\r\n\r\n" + body)
            #expect(status(whole) == 422)
        }
    }

    @Test("Expect: 100-continue gets its response before the body, unless the body would be refused")
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
        "Bytes that are not HTTP get 400 or no response, and do no harm",
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
            let response = await connection.text()
            #expect(response.isEmpty || [400, 405, 505].contains(status(response)), "\(response.prefix(40))")
        }
    }

    @Test(
        "Unusual paths and queries get client errors",
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
            let response = try await RawConnection.exchange(
                server,
                "GET \(path) HTTP/1.1\r\nHost: a\r\nAuthorization: Bearer \(token)\r\nConnection: close\r\n\r\n")
            #expect([400, 404, 422].contains(status(response)), "\(response.prefix(40))")
        }
    }

    @Test("A valid request id is returned, and any other is replaced")
    func requestIDs() async throws {
        try await withServer { server in
            for (sent, isPreserved) in [
                ("order-42.a_B", true), (String(repeating: "a", count: 128), true),
                (String(repeating: "a", count: 129), false), ("a b", false), ("<script>", false), ("", false),
            ] {
                let response = try await Partner.call(
                    .GET, server.baseURL + "/ping", token: nil, headers: ["X-Request-Id": sent])
                let id = try #require(response.headers.first(name: "X-Request-Id"))
                #expect((id == sent) == isPreserved)
                #expect(isPreserved || UUID(uuidString: id) != nil)
            }
        }
    }

    @Test("Deeply nested or malformed JSON gets 400 with the position")
    func brokenJSON() async throws {
        try await withServer { server in
            let token = try await Partner(server).accessToken
            for body in [
                String(repeating: "[", count: 2000), "{\"a\":" + String(repeating: "{\"a\":", count: 2000), "{", "",
                "{\"first_name\": \"A\",}", "nul", "{\"a\": 01}", "{\"a\": \"\u{1}\"}",
            ] {
                let response = try await RawConnection.exchange(
                    server,
                    "POST \(Self.base)/patients HTTP/1.1\r\nHost: a\r\nAuthorization: Bearer \(token)\r\n"
                        + "Content-Type: application/json\r\nContent-Length: \(body.utf8.count)\r\n"
                        + "Connection: close\r\n\r\n\(body)")
                #expect(status(response) == 400, "\(response.prefix(60))")
                #expect(response.contains("malformed_json") && response.contains("line 1, column"))
            }
        }
    }
}
