import Glibc
import NIOHTTP1
import PharmacyDomain
import Testing

@Suite("Shutdown of the server", .timeLimit(.minutes(3)))
struct ShutdownTests {
    private static func beginning(_ partner: Partner, of body: [UInt8]) -> String {
        """
        POST /pharmacy/sandbox/api/v1/patients HTTP/1.1\r
        Host: a\r
        Content-Type: application/json\r
        Authorization: Bearer \(partner.accessToken)\r
        Content-Length: \(body.count)\r
        Expect: 100-continue\r
        \r

        """
    }

    @Test("A request in progress is completed, and the exit status is 0", arguments: [SIGTERM, SIGINT])
    func finishes(signal: Int32) async throws {
        let server = try ServerProcess(in: ServerProcess.temporaryDirectory())
        let partner = try await Partner(server)
        let body = Partner.patient.bytes
        let connection = try await RawConnection(server)
        connection.pour(ShutdownTests.beginning(partner, of: body))
        // The server has received the request when it asks for the rest of it.
        _ = await connection.text(upTo: "100 Continue")
        server.send(signal: signal)
        // The server has stopped listening when connections are refused.
        while (try? await RawConnection(server)) != nil {}
        connection.pour(String(decoding: body, as: UTF8.self))
        let response = await connection.text()
        #expect(response.contains("201 Created"))
        #expect(server.waitForExit() == 0)
    }

    @Test("A client that never completes its request delays the shutdown for at most UP_SHUTDOWN_GRACE")
    func bound() async throws {
        let server = try ServerProcess(
            in: ServerProcess.temporaryDirectory(), settings: ["UP_SHUTDOWN_GRACE": "300ms"])
        let partner = try await Partner(server)
        let connection = try await RawConnection(server)
        connection.pour(ShutdownTests.beginning(partner, of: Partner.patient.bytes))
        _ = await connection.text(upTo: "100 Continue")
        let began = ContinuousClock.now
        #expect(server.stop() == 0)
        // The request itself would have had a minute.
        #expect(ContinuousClock.now - began < .seconds(20))
        _ = await connection.text()
    }
}
