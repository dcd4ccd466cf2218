import NIOHTTP1
import PharmacyDomain
import Testing

@Suite("Credentials with some of their tenant's scopes", .timeLimit(.minutes(2)))
struct NarrowCredentialTests {
    private struct Narrow {
        let clientID: JSON
        let accessToken: String
        let scope: JSON?
    }

    private func credential(_ scopes: JSON, _ partner: Partner, token: String? = nil) async throws -> Narrow {
        let made = try await Partner.call(
            .POST, partner.baseURL + "/auth/credentials", token: token ?? partner.accessToken,
            body: ["name": "Narrow", "scopes": scopes])
        #expect(made.status == 201)
        let data = try #require(made.json["data"])
        #expect(data["scopes"] == scopes)
        let tokens = try await Partner.call(
            .POST, partner.baseURL + "/auth/token", token: nil,
            body: [
                "client_id": try #require(data["client_id"]), "client_secret": try #require(data["client_secret"]),
            ])
        return Narrow(
            clientID: try #require(data["client_id"]), accessToken: try #require(tokens.json["access_token"]?.text),
            scope: try tokens.json["scope"])
    }

    private func expect(
        _ status: UInt, _ method: HTTPMethod, _ path: String, _ narrow: Narrow, _ partner: Partner, body: JSON? = nil,
        needing scope: String? = nil
    ) async throws {
        let response = try await Partner.call(method, partner.baseURL + path, token: narrow.accessToken, body: body)
        #expect(response.status == status, "\(method) \(path)")
        guard let scope else { return }
        #expect(try response.json["code"] == "insufficient_scope")
        #expect(
            response.headers.first(name: "WWW-Authenticate")
                == "Bearer error=\"insufficient_scope\", scope=\"\(scope)\"")
    }

    @Test("Credentials read only what their scopes allow, and create credentials with at most their own scopes")
    func parts() async throws {
        let server = try ServerProcess(in: ServerProcess.temporaryDirectory())
        defer { server.kill() }
        let partner = try await Partner(server)
        let credentials = "/auth/credentials"

        let orders = try await credential(["read", "write"], partner)
        #expect(orders.scope == "read write")
        try await expect(200, .GET, "/orders", orders, partner)
        try await expect(201, .POST, "/orders", orders, partner, body: partner.order(reference: "narrow"))
        try await expect(403, .GET, "/patients", orders, partner, needing: "patients:read")
        try await expect(201, .POST, "/patients", orders, partner, body: Partner.patient)
        // Their responses show more of the patient than the request has sent.
        for (method, path) in [(HTTPMethod.PUT, ""), (.POST, "/sync")] {
            try await expect(
                403, method, "/patients/\(partner.patientID)\(path)", orders, partner, body: [:],
                needing: "write patients:read")
        }
        try await expect(200, .GET, credentials, orders, partner)
        try await expect(403, .POST, credentials, orders, partner, body: [:], needing: "credentials:manage")
        try await expect(
            403, .POST, "/webhooks/secret/rotate", orders, partner, body: [:], needing: "credentials:manage")
        try await expect(403, .POST, "/sandbox/wipe", orders, partner, needing: "credentials:manage")

        let patients = try await credential(["patients:read"], partner)
        try await expect(200, .GET, "/patients/\(partner.patientID)", patients, partner)
        try await expect(403, .GET, "/orders", patients, partner, needing: "read")
        try await expect(403, .GET, credentials, patients, partner, needing: "credentials:manage")
        try await expect(403, .DELETE, "/patients/\(partner.patientID)", patients, partner, needing: "write")

        let manager = try await credential(["credentials:manage"], partner)
        try await expect(200, .GET, credentials, manager, partner)
        try await expect(403, .GET, "/patients", manager, partner, needing: "patients:read")
        for stronger in [["read"], ["read", "write"], ["patients:read"]] as [JSON] {
            try await expect(
                403, .POST, credentials, manager, partner, body: ["scopes": stronger], needing: "credentials:manage")
        }
        // Where it names none, the new one may do what it may.
        let made = try await Partner.call(
            .POST, partner.baseURL + credentials, token: manager.accessToken, body: ["name": "Second"])
        #expect(try made.json["data"]?["scopes"] == ["credentials:manage"])
        _ = try await credential(["credentials:manage"], partner, token: manager.accessToken)
        try await expect(204, .DELETE, "\(credentials)/\(orders.clientID.text ?? "")", manager, partner)
        try await expect(401, .GET, "/orders", orders, partner)
    }

    @Test("A repeated creation does not return the secret of a credential with more scopes than the caller's")
    func replay() async throws {
        let server = try ServerProcess(in: ServerProcess.temporaryDirectory())
        defer { server.kill() }
        let partner = try await Partner(server)
        let manager = try await credential(["credentials:manage"], partner)
        let (url, key) = (partner.baseURL + "/auth/credentials", ["Idempotency-Key": "guessed"])
        let first = try await Partner.call(
            .POST, url, token: partner.accessToken, body: ["name": "Strong"], headers: key)
        #expect(first.status == 201)
        let stolen = try await Partner.call(
            .POST, url, token: manager.accessToken, body: ["name": "Strong"], headers: key)
        #expect(stolen.status == 403)
        #expect(try stolen.json["data"] == nil)
        let again = try await Partner.call(
            .POST, url, token: partner.accessToken, body: ["name": "Strong"], headers: key)
        #expect(again.bytes == first.bytes)
    }
}
