import Foundation
import HTTPTypes
import NIOHTTP1
import PharmacyDomain
import Testing

@Suite("Logs contain no secrets and no health data", .timeLimit(.minutes(3)))
struct LogRedactionTests {
    @Test(
        "Logs at trace level contain no personal data, no secret and no token", arguments: ["text", "json"])
    func redaction(format: String) async throws {
        let directory = try ServerProcess.temporaryDirectory()
        let log = directory.appending(path: "server.log")
        let server = try ServerProcess(
            in: directory,
            settings: ["UP_LOG_LEVEL": "trace", "UP_LOG_FORMAT": format, "UP_SANDBOX_STEP": "manual"], log: log)
        defer { server.kill() }
        let partner = try await Partner(server)
        let reason = "Overheard-at-the-zeppelin"
        try await WebhookReceiver.with { _, _ in
            // Refused, so that failures are logged too.
            .internalServerError
        } _: { receiver in
            let hook = receiver.url("/hook?token=walrus-in-the-url")
            let placed = try await partner.call(
                .POST, "/orders",
                body: partner.order(reference: "A", webhookURLs: [hook], memo: "Marmalade-memo"))
            let id = try #require(try placed.json["data"]?["uuid"]?.text)
            var arrivals = receiver.requests.makeAsyncIterator()
            _ = await arrivals.next()
            let cancelled = try await partner.call(.POST, "/orders/\(id)/cancel", body: ["reason": .string(reason)])
            #expect(cancelled.status == 200)
        }
        // Errors of every kind, with something personal or secret in each.
        for (method, path, body) in [
            (.GET, "/patients?email=zebulon.quackenbush&page=0", nil), (.GET, "/patients/Quackenbush", nil),
            (.POST, "/patients", ["first_name": "Zebulon7", "email": "zebulon.quackenbush"]),
            (
                .POST, "/auth/token",
                ["client_id": .string(partner.clientID), "client_secret": "up_secret_wrong-walrus"]
            ),
            (.POST, "/auth/refresh", ["refresh_token": "up_refresh_wrong-walrus"]),
            (.POST, "/auth/revoke", ["token": .string(partner.refreshToken)]),
        ] as [(HTTPMethod, String, JSON?)] {
            let response = try await partner.call(method, path, body: body)
            #expect(response.status != 500)
        }
        _ = try await Partner.call(
            .GET, partner.baseURL + "/patients", token: "walrus-as-a-token", headers: ["X-Request-Id": "Quackenbush 7"])
        #expect(server.stop() == 0)

        let text = try String(contentsOf: log, encoding: .utf8)
        #expect(text.contains("submitOrder"), "the log is there")
        let personal = (Partner.patient.members ?? []).compactMap(\.value.text).filter { $0.utf8.count > 2 }
        let secrets = [
            partner.accessToken, partner.refreshToken, partner.webhookSecret, ServerProcess.setupToken, "walrus",
            "Marmalade-memo", "xylophone", reason, "up_secret_", "up_refresh_", "whsec_",
        ]
        for value in personal + secrets {
            let isThere = text.localizedCaseInsensitiveContains(value)
            #expect(!isThere, "\(value)")
        }
    }
}
