import NIOHTTP1
import PharmacyDomain
import Testing

@Suite("A read-only credential", .timeLimit(.minutes(3)))
struct ReadOnlyCredentialTests {
    @Test("It reads everything, changes nothing, and cannot create a credential with more scopes")
    func readsAlone() async throws {
        let server = try ServerProcess(in: ServerProcess.temporaryDirectory())
        defer { server.kill() }
        let partner = try await Partner(server)
        let made = try await partner.call(
            .POST, "/auth/credentials",
            body: ["name": "Report", "scopes": ["read", "patients:read"]])
        #expect(made.status == 201)
        let data = try #require(made.json["data"])
        #expect(data["scopes"] == ["read", "patients:read"])
        let client = try #require(data["client_id"])
        let tokens = try await Partner.call(
            .POST, partner.baseURL + "/auth/token", token: nil,
            body: ["client_id": client, "client_secret": try #require(data["client_secret"])])
        let reader = try #require(tokens.json["access_token"]?.text)

        for path in [
            "/patients", "/patients/\(partner.patientID)", "/orders", "/pharmacies", "/auth/credentials",
            "/webhooks/events", "/webhooks/health", "/requests",
        ] {
            #expect(try await Partner.call(.GET, partner.baseURL + path, token: reader).status == 200)
        }
        let writes: [(HTTPMethod, String, JSON?)] = [
            (.POST, "/patients", Partner.patient), (.PUT, "/patients/\(partner.patientID)", ["city": "Rye"]),
            (.DELETE, "/patients/\(partner.patientID)", nil), (.POST, "/patients/\(partner.patientID)/sync", nil),
            (.POST, "/orders", partner.order(reference: "none")), (.POST, "/auth/credentials", ["name": "More"]),
            (.PATCH, "/auth/credentials/\(client.text ?? "")", ["name": "More"]),
            (.DELETE, "/auth/credentials/\(client.text ?? "")", nil), (.POST, "/sandbox/wipe", nil),
            (.POST, "/webhooks/secret/rotate", nil), (.POST, "/webhooks/recover", ["since": "2025-12-22T17:15:01Z"]),
            (.POST, "/webhooks/test", ["url": "http://127.0.0.1:9/hook"]),
        ]
        for (method, path, body) in writes {
            let response = try await Partner.call(method, partner.baseURL + path, token: reader, body: body)
            #expect(response.status == 403, "\(method) \(path)")
            #expect(try response.json["code"] == "insufficient_scope")
            #expect(response.headers.first(name: "WWW-Authenticate")?.contains("insufficient_scope") == true)
        }
        #expect(try await partner.call(.GET, "/patients/\(partner.patientID)").json["data"]?["city"] == "Tuckahoe")
    }
}
