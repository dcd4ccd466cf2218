import AsyncHTTPClient
import NIOCore
import NIOHTTP1
import PharmacyDomain
import Testing

@Suite("The dashboard's event stream over HTTP", .timeLimit(.minutes(3)))
struct DashboardEventsTests {
    /// Follows no redirects.
    private static let client = HTTPClient(
        eventLoopGroupProvider: .singleton, configuration: HTTPClient.Configuration(redirectConfiguration: .disallow))

    private static func cookie(_ response: HTTPClientResponse, _ name: String) -> String? {
        response.headers["Set-Cookie"].first { $0.hasPrefix("\(name)=") }?.split(separator: ";").first.map(String.init)
    }

    /// Signs in with a new credential, as the sign-in page of a sandbox on loopback offers.
    /// - Returns: the session's cookie.
    private static func signIn(_ server: ServerProcess) async throws -> String {
        let page = try await client.execute(
            HTTPClientRequest(url: server.origin + "/dashboard/sign-in"), timeout: .seconds(30))
        let visitor = try #require(cookie(page, "__Host-up_visitor"))
        let text = String(buffer: try await page.body.collect(upTo: 1 << 20))
        let csrf = try #require(text.firstMatch(of: #/name="csrf" value="([0-9a-f]+)"/#)).output.1
        var form = HTTPClientRequest(url: server.origin + "/dashboard/sandbox")
        form.method = .POST
        form.headers = ["Cookie": visitor, "Content-Type": "application/x-www-form-urlencoded"]
        form.body = .bytes(Array("csrf=\(csrf)".utf8))
        return try #require(cookie(try await client.execute(form, timeout: .seconds(30)), "__Host-up_session"))
    }

    private static func stream(_ server: ServerProcess, cookie: String) async throws -> RawConnection {
        let connection = try await RawConnection(server)
        connection.pour("GET /dashboard/events HTTP/1.1\r\nHost: localhost\r\nCookie: \(cookie)\r\n\r\n")
        return connection
    }

    @Test("A stream tells of changes, and the server's shutdown ends it at once")
    func changesAndShutdown() async throws {
        let server = try ServerProcess(
            in: ServerProcess.temporaryDirectory(), settings: ["UP_SHUTDOWN_GRACE": "60s"])
        let cookie = try await DashboardEventsTests.signIn(server)
        let connection = try await DashboardEventsTests.stream(server, cookie: cookie)
        let beginning = await connection.text(upTo: "event: change").lowercased()
        #expect(beginning.contains("200 ok") && beginning.contains("content-type: text/event-stream"))
        #expect(beginning.contains("cache-control: no-store") && beginning.contains(": open"))
        // No page has announced the stream, so the first event means nothing. The second one is the partner's doing.
        _ = try await Partner(server)
        #expect(await connection.text(upTo: "event: change").contains("event: change"))
        let began = ContinuousClock.now
        #expect(server.stop() == 0)
        #expect(ContinuousClock.now - began < .seconds(30))
        #expect(await connection.text().hasSuffix("0\r\n\r\n"))
    }

    @Test("A stream needs a session")
    func refused() async throws {
        let server = try ServerProcess(in: ServerProcess.temporaryDirectory())
        defer { server.kill() }
        for cookie in ["", "__Host-up_session=sandbox.1.up_session_" + String(repeating: "A", count: 43)] {
            let connection = try await DashboardEventsTests.stream(server, cookie: cookie)
            #expect(await connection.text(upTo: "\r\n\r\n").hasPrefix("HTTP/1.1 401"))
        }
    }
}
