import Foundation
import NIOHTTP1
import PharmacyDomain
import PharmacyTestSupport
import Testing

@Suite("Operator commands while a server runs", .timeLimit(.minutes(3)))
struct OperatorCommandTests {
    /// Repeats the request until the response has the status, for at most 1 s: the server must not cache for longer.
    private func status(
        _ expected: Int, within limit: Duration = .seconds(1), of call: () async throws -> Partner.Response
    ) async throws -> Bool {
        let end = ContinuousClock.now + limit
        repeat {
            if try await call().status == expected { return true }
        } while ContinuousClock.now < end
        return false
    }

    private func json(_ result: (status: Int32, output: String)) throws -> JSON {
        try #require(result.status == 0, "\(result.output)")
        return try JSON.parse(Array(result.output.utf8))
    }

    @Test("A tenant is created, used, suspended, resumed and deleted, and the server notices within a second")
    func tenantLife() async throws {
        let server = try ServerProcess(in: ServerProcess.temporaryDirectory())
        defer { server.kill() }
        let made = try json(server.command("tenant", "create", "acme", "--json"))
        #expect(made["kind"] == "live")
        #expect(made["resets_at"] == .null)
        #expect(made["setup_token_expires_at"]?.text.flatMap(Timestamp.init) != nil)
        let setupToken = try #require(made["setup_token"]?.text)
        let base = server.origin + "/pharmacy/acme/api/v1"
        let ping = { try await Partner.call(.GET, base + "/ping", token: nil) }
        #expect(try await status(200, of: ping))

        // The first credential uses the setup token up; the next is made with an access token.
        let create = { (token: String) in
            try await Partner.call(.POST, base + "/auth/credentials", token: token, body: [:])
        }
        let first = try await create(setupToken)
        #expect(first.status == 201)
        #expect(try await create(setupToken).status == 401)
        let data = try #require(try first.json["data"])
        let tokens = try await Partner.call(
            .POST, base + "/auth/token", token: nil,
            body: [
                "client_id": try #require(data["client_id"]), "client_secret": try #require(data["client_secret"]),
            ])
        let accessToken = try #require(tokens.json["access_token"]?.text)
        #expect(try await create(accessToken).status == 201)
        // No pharmacy system is configured for tenants that are not sandboxes.
        let pharmacies = try await Partner.call(.GET, base + "/pharmacies", token: accessToken)
        #expect(pharmacies.status == 503)
        #expect(try pharmacies.json["code"] == "pharmacy_unavailable")
        #expect(try json(server.command("tenant", "show", "acme", "--json"))["active_credentials"] == 2)

        #expect(try json(server.command("tenant", "suspend", "acme", "--json"))["status"] == "suspended")
        #expect(try await status(404, of: ping))
        let patients = { try await Partner.call(.GET, base + "/patients", token: accessToken) }
        #expect(try await patients().status == 404)
        #expect(try json(server.command("tenant", "resume", "acme", "--json"))["status"] == "active")
        #expect(try await status(200, of: patients))

        #expect(try server.command("tenant", "delete", "acme").status == 64)
        #expect(try server.command("tenant", "delete", "acme", "--yes").status == 0)
        #expect(try await status(404, of: ping))
        let names = try json(server.command("tenant", "list", "--json")).elements?.map { $0["name"] }
        #expect(names == ["sandbox"])
        // The name is free again, and nothing of the first bearer is left.
        _ = try json(server.command("tenant", "create", "acme", "--json"))
        #expect(try await status(200, of: ping))
        #expect(try await status(401, of: patients))
    }

    @Test("A new setup token is issued, and earlier ones are refused at once")
    func setupTokens() async throws {
        let server = try ServerProcess(in: ServerProcess.temporaryDirectory())
        defer { server.kill() }
        let first = try json(server.command("tenant", "create", "acme", "--json"))["setup_token"]?.text
        let second = try json(server.command("setup-token", "issue", "acme", "--json"))["setup_token"]?.text
        #expect(first != second)
        let path = server.origin + "/pharmacy/acme/api/v1/auth/credentials"
        #expect(try await Partner.call(.POST, path, token: first, body: [:]).status == 401)
        #expect(try await Partner.call(.POST, path, token: second, body: [:]).status == 201)
        // A sandbox has one until it is wiped.
        let sandbox = try json(server.command("tenant", "create", "trial", "--sandbox", "--json"))
        let again = try json(server.command("setup-token", "issue", "trial", "--json"))
        #expect(again["setup_token"] == sandbox["setup_token"])
        #expect(again["setup_token_expires_at"] == .null)
        let trial = server.origin + "/pharmacy/trial/api/v1/auth/credentials"
        for _ in 0..<2 {
            let made = try await Partner.call(.POST, trial, token: again["setup_token"]?.text, body: [:])
            #expect(made.status == 201)
            #expect(made.headers.first(name: "X-Sandbox-Resets-At") != nil)
        }
    }

    @Test("Without --json a new tenant and a new token come with a message to the partner, whose command works")
    func invitation() async throws {
        let server = try ServerProcess(in: ServerProcess.temporaryDirectory())
        defer { server.kill() }
        for (group, verb) in [("tenant", "create"), ("setup-token", "issue")] {
            let output = try server.command(group, verb, "acme").output
            let token = try #require(output.firstMatch(of: #/Authorization: Bearer (up_setup_[A-Za-z0-9_-]+)/#)).output
                .1
            for part in ["Base URL:", "/pharmacy/acme/api/v1", "Dashboard:", "It creates one credential, until 20"] {
                #expect(output.contains(part), "\(output)")
            }
            let path = server.origin + "/pharmacy/acme/api/v1/auth/credentials"
            #expect(try await Partner.call(.POST, path, token: String(token), body: [:]).status == 201)
        }
        let sandbox = try server.command("tenant", "create", "trial", "--sandbox").output
        #expect(sandbox.contains("It creates credentials, until the sandbox is wiped."))
    }

    @Test("A credential is listed and revoked, and its tokens are refused within a second")
    func credentials() async throws {
        let server = try ServerProcess(in: ServerProcess.temporaryDirectory())
        defer { server.kill() }
        let partner = try await Partner(server)
        let listed = try json(server.command("credential", "list", "sandbox", "--json"))
        let client = try #require(listed.elements?.first?["client_id"]?.text)
        #expect(listed.elements?.first?.members?.contains { $0.name.contains("secret") } == false)
        #expect(try await partner.call(.GET, "/patients").status == 200)
        let revoked = try json(server.command("credential", "revoke", "sandbox", client, "--json"))
        #expect(revoked["status"] == "revoked")
        #expect(try await status(401) { try await partner.call(.GET, "/patients") })
        #expect(try json(server.command("credential", "list", "sandbox", "--json")) == [])
        let all = try json(server.command("credential", "list", "sandbox", "--include-revoked", "--json"))
        #expect(all.elements?.count == 1)
        #expect(try server.command("credential", "revoke", "sandbox", client).status == 0)
    }

    @Test("The pharmacies of a tenant are listed, and a system that does not respond is reported in a sentence")
    func pharmacies() async throws {
        let server = try ServerProcess(in: ServerProcess.temporaryDirectory())
        defer { server.kill() }
        let listed = try json(server.command("pharmacy", "list", "sandbox", "--json"))
        #expect(listed.elements == SimulatedPharmacies.all.map(\.json))
        _ = try json(server.command("tenant", "create", "acme", "--json"))
        let live = try server.command("pharmacy", "list", "acme")
        #expect(live.status == 1)
        #expect(try server.command("pharmacy", "list", "nobody").status == 1)
    }

    @Test("A webhook secret is rotated, and becomes active after 24 hours or the given number of seconds")
    func webhookSecrets() async throws {
        let server = try ServerProcess(in: ServerProcess.temporaryDirectory())
        defer { server.kill() }
        let partner = try await Partner(server)
        let secret = {
            try await partner.call(.POST, "/auth/credentials", body: [:]).json["data"]?["webhook_secret"]?.text
        }
        let before = Timestamp(Date())
        let pending = try json(server.command("webhook-secret", "rotate", "sandbox", "--json"))
        #expect(pending["tenant"] == "sandbox")
        let activatesAt = try #require(pending["activates_at"]?.text.flatMap(Timestamp.init))
        #expect((before.seconds...Timestamp(Date()).seconds).contains(activatesAt.seconds - 86_400))
        #expect(try await secret() == partner.webhookSecret)
        let rotated = try json(
            server.command("webhook-secret", "rotate", "sandbox", "--activate-after", "0", "--json"))
        #expect(rotated["webhook_secret"] != pending["webhook_secret"])
        #expect(try await secret() == rotated["webhook_secret"]?.text)
        for seconds in ["-1", "604801", "soon"] {
            #expect(
                try server.command("webhook-secret", "rotate", "sandbox", "--activate-after=\(seconds)").status == 64)
        }
        #expect(try await secret() == rotated["webhook_secret"]?.text)
    }

    @Test("Text output has lines and tables")
    func plainText() throws {
        let server = try ServerProcess(in: ServerProcess.temporaryDirectory())
        defer { server.kill() }
        let shown = try server.command("tenant", "show", "sandbox").output.split(separator: "\n").map(String.init)
        #expect(shown.contains { $0.hasPrefix("name:") && $0.hasSuffix(" sandbox") })
        let table = try server.command("tenant", "list").output.split(separator: "\n").map(String.init)
        #expect(table.count == 2)
        #expect(table.first?.hasPrefix("NAME ") == true)
        #expect(table.last?.hasPrefix("sandbox  sandbox  active ") == true)
        #expect(try server.command("credential", "list", "sandbox").output == "(none)\n")
    }

    @Test("A command that fails prints one sentence")
    func refusals() throws {
        let server = try ServerProcess(in: ServerProcess.temporaryDirectory())
        defer { server.kill() }
        for (arguments, sentence) in [
            (["tenant", "create", "sandbox"], "A tenant sandbox already exists. Choose another name."),
            (
                ["tenant", "create", "Acme"],
                "A tenant's name must have 1 to 40 characters: a to z, 0 to 9, and hyphens inside."
            ),
            (["tenant", "show", "nobody"], "There is no tenant nobody. List all with: tenant list"),
            (["tenant", "suspend", "nobody"], "There is no tenant nobody. List all with: tenant list"),
            (["setup-token", "issue", "nobody"], "There is no tenant nobody. List all with: tenant list"),
            (["webhook-secret", "rotate", "nobody"], "There is no tenant nobody. List all with: tenant list"),
            (
                ["credential", "revoke", "sandbox", "nobody"],
                "The tenant has no such credential. List all with: credential list"
            ),
            (
                ["tenant", "delete", "sandbox", "--yes"],
                "The tenant sandbox is built in and cannot be deleted. It can be wiped."
            ),
        ] {
            let result = try ServerProcess.run(arguments, in: server.directory)
            #expect(result.status == 1)
            #expect(result.output == "united-pharmacy: \(sentence)\n")
        }
        let empty = try ServerProcess.temporaryDirectory()
        let nothing = try ServerProcess.run(["tenant", "list"], in: empty)
        #expect(nothing.status == 1)
        #expect(nothing.output.contains("There is no installation in \(empty.path)"))
        let wrongKey = try server.command(
            "tenant", "list", settings: ["UP_MASTER_KEY": String(repeating: "a5", count: 32)])
        #expect(wrongKey.status == 1)
        #expect(wrongKey.output.split(separator: "\n").count == 1)
    }
}
