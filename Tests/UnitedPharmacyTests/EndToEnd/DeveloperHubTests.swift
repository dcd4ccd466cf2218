import AsyncHTTPClient
import Foundation
import NIOCore
import NIOHTTP1
import PharmacyDomain
import Testing

@Suite("The developer hub over HTTP", .serialized, .timeLimit(.minutes(3)))
struct DeveloperHubTests {
    private struct Response {
        let status: Int
        let headers: HTTPHeaders
        let text: String
    }

    /// Follows no redirects.
    private static let client = HTTPClient(
        eventLoopGroupProvider: .singleton, configuration: HTTPClient.Configuration(redirectConfiguration: .disallow))

    private static func call(
        _ url: String, _ method: HTTPMethod = .GET, headers: [String: String] = ["Accept": "text/html"],
        form: String? = nil
    ) async throws -> Response {
        var request = HTTPClientRequest(url: url)
        request.method = method
        for (name, value) in headers { request.headers.add(name: name, value: value) }
        if let form {
            request.headers.add(name: "Content-Type", value: "application/x-www-form-urlencoded")
            request.body = .bytes(Array(form.utf8))
        }
        let response = try await client.execute(request, timeout: .seconds(30))
        let body = try await response.body.collect(upTo: 8 << 20)
        return Response(status: Int(response.status.code), headers: response.headers, text: String(buffer: body))
    }

    private func withServer(_ body: (String) async throws -> Void) async throws {
        let server = try ServerProcess(in: ServerProcess.temporaryDirectory())
        defer { server.kill() }
        try await body(server.origin)
    }

    @Test("Pages have a policy, are compressed on request, and are not sent again if they have not changed")
    func pages() async throws {
        try await withServer { origin in
            for path in ["/", "/docs", "/docs/quick-start", "/docs/reference/submitOrder", "/docs/swagger"] {
                let page = try await DeveloperHubTests.call(origin + path)
                #expect(page.status == 200, "\(path)")
                #expect(page.headers.first(name: "Content-Type") == "text/html; charset=utf-8")
                let policy = page.headers.first(name: "Content-Security-Policy") ?? ""
                #expect(policy.hasPrefix("default-src 'none'; script-src 'self'") && !policy.contains("unsafe"))
                #expect(page.headers.first(name: "X-Content-Type-Options") == "nosniff")
                let tag = try #require(page.headers.first(name: "ETag"))
                let again = try await DeveloperHubTests.call(origin + path, headers: ["If-None-Match": tag])
                #expect(again.status == 304 && again.text.isEmpty, "\(path)")
                let compressed = try await DeveloperHubTests.call(origin + path, headers: ["Accept-Encoding": "gzip"])
                #expect(compressed.headers.first(name: "Content-Encoding") == "gzip", "\(path)")
                #expect(compressed.text.utf8.count < page.text.utf8.count)
                let head = try await DeveloperHubTests.call(origin + path, .HEAD)
                #expect(head.status == 200 && head.text.isEmpty)
            }
        }
    }

    @Test("Samples have the server's own URL, and Swagger UI's document has the server that sent it")
    func urls() async throws {
        try await withServer { origin in
            let base = "\(origin.replacing("127.0.0.1", with: "localhost"))/pharmacy/sandbox/api/v1"
            #expect(try await DeveloperHubTests.call(origin + "/docs/quick-start").text.contains("\(base)/orders"))
            let document = try JSON.parse(try await DeveloperHubTests.call(origin + "/docs/swagger.json").text.utf8)
            #expect(document["servers"]?.elements?.first?["url"] == "/")
        }
    }

    @Test("The theme switch sets a cookie and returns to the page, never to another server")
    func theme() async throws {
        try await withServer { origin in
            for (next, location) in [
                ("/docs/orders?a=b", "/docs/orders?a=b"), ("//evil.example", "/"), ("https://evil.example", "/"),
                ("/\\evil.example", "/"), ("/a\r\nSet-Cookie: b", "/"), ("", "/"),
            ] {
                var allowed = CharacterSet.alphanumerics
                allowed.insert("/")
                let encoded = try #require(next.addingPercentEncoding(withAllowedCharacters: allowed))
                let response = try await DeveloperHubTests.call(
                    origin + "/docs/theme", .POST, form: "theme=dark&next=\(encoded)")
                #expect(response.status == 303)
                #expect(response.headers.first(name: "Location") == location, "\(next)")
                let cookies = response.headers["Set-Cookie"]
                #expect(cookies == ["theme=dark; Path=/; Max-Age=31536000; SameSite=Lax; HttpOnly"])
            }
            let page = try await DeveloperHubTests.call(origin + "/docs", headers: ["Cookie": "theme=dark"])
            #expect(page.text.contains("data-theme=\"dark\""))
        }
    }

    @Test("A wrong form is refused")
    func wrongForms() async throws {
        try await withServer { origin in
            for (form, status) in [
                ("", 400), ("theme=blue", 400), ("next=/docs", 400), ("theme=%FF", 400),
                (String(repeating: "a", count: 10_000), 413),
            ] {
                let response = try await DeveloperHubTests.call(origin + "/docs/theme", .POST, form: form)
                #expect(response.status == status, "\(form.prefix(20))")
            }
            let page = try await DeveloperHubTests.call(origin + "/docs", headers: ["Cookie": "theme=blue\"><script>"])
            #expect(page.status == 200 && !page.text.contains("blue"))
        }
    }

    @Test("A page that does not exist is a page for people and an error for programs")
    func missing() async throws {
        try await withServer { origin in
            for path in ["/docs/nothing", "/docs/quick-start/", "/docs/..%2f..%2fetc", "/assets/hub.000000000000.css"] {
                let page = try await DeveloperHubTests.call(origin + path)
                #expect(page.status == 404 && page.text.contains("<h1>No such page</h1>"), "\(path)")
                let error = try await DeveloperHubTests.call(origin + path, headers: ["Accept": "application/json"])
                #expect(error.status == 404 && error.text.contains("\"code\":\"not_found\""), "\(path)")
            }
        }
    }

    @Test("A search shows what it was asked as text, whatever that is")
    func search() async throws {
        try await withServer { origin in
            for query in ["%3Cscript%3E", "%FF", "a%00b", "%22%27%3E", String(repeating: "webhook+", count: 500)] {
                let page = try await DeveloperHubTests.call("\(origin)/docs/search?q=\(query)")
                #expect(page.status == 200, "\(query.prefix(20))")
                #expect(!page.text.contains("<script>") && !page.text.contains("\"'>"))
                let json = try await DeveloperHubTests.call(
                    "\(origin)/docs/search?q=\(query)", headers: ["Accept": "application/json"])
                #expect(try JSON.parse(json.text.utf8)["results"] != nil)
            }
        }
    }
}
