import Foundation
import NIOHTTP1
import PharmacyDomain
import Testing

@Suite("The output of a server and its commands with JSON logs", .timeLimit(.minutes(3)))
struct LogFormatTests {
    /// The lines of a text, each of which must be a JSON object.
    private func entries(_ text: String) throws -> [JSON] {
        try text.split(separator: "\n").map { line in
            let entry = try #require(try? JSON.parse(Array(line.utf8)), "not JSON: \(line)")
            for member in ["time", "level", "label", "message"] { #expect(entry[member]?.text != nil, "\(line)") }
            return entry
        }
    }

    @Test("Every line on standard error is JSON, with numbers as numbers")
    func serve() async throws {
        let directory = try ServerProcess.temporaryDirectory()
        let log = directory.appending(path: "log")
        // The lines include hints of the start and entries that a library logs.
        let server = try ServerProcess(
            in: directory.appending(path: "data"),
            settings: [
                "UP_LOG_FORMAT": "json", "UP_LOG_LEVEL": "debug", "UP_SANDBOX_LOOPBACK_WEBHOOKS": "on",
                "UP_RATELIMIT": "1/s",
            ], log: log)
        defer { server.kill() }
        let partner = try await Partner(server)
        #expect(try await partner.call(.GET, "/patients/00000000-0000-4000-8000-000000000000").status == 404)
        #expect(server.stop() == 0)
        let entries = try entries(String(contentsOf: log, encoding: .utf8))
        let first = try #require(entries.first)
        #expect(first["message"] == "UP_RATELIMIT in the environment is not a setting. Did you mean UP_RATE_LIMIT?")
        #expect(first["level"] == "warning")
        let start = try #require(entries.first { $0["message"] == "the server starts" })
        #expect(start["schema_step"]?.wholeNumber ?? 0 > 0)
        let request = try #require(entries.first { $0["operation"] == "getPatient" })
        #expect(request["status"] == 404)
        if case .integer? = request["duration_ms"] {} else { Issue.record("duration_ms is no number") }
        #expect(request["tenant"] == "sandbox")
        #expect(request["client_id"]?.text == partner.clientID)
        let tokens = entries.filter { $0["operation"] == "issueToken" }
        #expect(tokens.map { $0["client_id"]?.text } == [partner.clientID])
    }

    @Test("If both outputs are the same, announcements and the reason of a failed start are JSON as well")
    func oneOutput() throws {
        let server = try ServerProcess(in: ServerProcess.temporaryDirectory())
        defer { server.kill() }
        let port = try #require(server.origin.split(separator: ":").last.map(String.init))
        let result = try ServerProcess.run(
            ["serve", "--port", port], in: ServerProcess.temporaryDirectory(), settings: ["UP_LOG_FORMAT": "json"])
        #expect(result.status == 1)
        let entries = try entries(result.output)
        #expect(entries.contains { $0["message"]?.text?.hasPrefix("Sandbox setup token: up_setup_") == true })
        let last = try #require(entries.last { $0["level"] == "error" })
        #expect(last["message"]?.text?.hasPrefix("Port \(port) of 127.0.0.1 is in use") == true)
    }

    @Test(
        "Errors before logging is set up are JSON",
        arguments: [
            (["serve", "--nonsense"], [:], 64), (["serve"], ["UP_PORT": "eighty", "UP_HOST": "a b"], 2),
            (["serve", "--config", "/nowhere/up.env"], [:], 2), (["tenant", "list"], [:], 1),
            (["tenant", "delete", "acme"], [:], 64),
        ] as [([String], [String: String], Int32)])
    func beforeTheLog(arguments: [String], settings: [String: String], status: Int32) throws {
        let result = try ServerProcess.run(
            arguments, in: ServerProcess.temporaryDirectory(),
            settings: settings.merging(["UP_LOG_FORMAT": "json"]) { $1 })
        #expect(result.status == status)
        let entries = try entries(result.output)
        #expect(!entries.isEmpty && entries.allSatisfy { $0["level"] == "error" })
    }

    @Test("The format is also read from a file of settings, and the results of commands do not change")
    func settingsFile() throws {
        let directory = try ServerProcess.temporaryDirectory()
        let file = directory.appending(path: "up.env")
        try Data("UP_LOG_FORMAT=json\nnonsense\n".utf8).write(to: file)
        let server = try ServerProcess(in: directory.appending(path: "data"))
        defer { server.kill() }
        let result = try server.command("tenant", "show", "sandbox", "--json", "--config", file.path)
        #expect(result.status == 0)
        let lines = result.output.split(separator: "\n").map(String.init)
        #expect(lines.count == 2)
        #expect(try JSON.parse(Array(#require(lines.first).utf8))["level"] == "warning")
        #expect(try JSON.parse(Array(#require(lines.last).utf8))["name"] == "sandbox")
    }

    @Test("Commands accept the ids in text log lines")
    func idsForCommands() async throws {
        let directory = try ServerProcess.temporaryDirectory()
        let log = directory.appending(path: "log")
        let server = try ServerProcess(
            in: directory.appending(path: "data"), settings: ["UP_LOG_LEVEL": "info", "UP_SANDBOX_STEP": "manual"],
            log: log)
        defer { server.kill() }
        let partner = try await Partner(server)
        #expect(try await partner.call(.GET, "/patients/\(partner.patientID)").status == 200)
        // Entries are written soon after the response.
        var found: Substring?
        let limit = ContinuousClock.now + .seconds(10)
        while found == nil, ContinuousClock.now < limit {
            let text = try String(contentsOf: log, encoding: .utf8)
            found = text.split(separator: "\n").first { $0.contains("operation=getPatient") }
        }
        let line = try #require(found)
        func value(_ name: String) throws -> String {
            try #require(
                line.split(separator: " ").first { $0.hasPrefix("\(name)=") }.map {
                    String($0.dropFirst(name.count + 1))
                })
        }
        let (tenant, credential, request) = (try value("tenant"), try value("client_id"), try value("request_id"))
        #expect(tenant == "sandbox" && credential == partner.clientID)
        // A read is in the audit log within a second.
        var entries: [JSON] = []
        let end = ContinuousClock.now + .seconds(10)
        while entries.isEmpty, ContinuousClock.now < end {
            entries = try audit(server.command("audit", "list", "--request-id", request, "--json"))
        }
        #expect(entries.map { $0["action"]?.text } == ["patient.read"])
        let shown = try JSON.parse(Array(try server.command("tenant", "show", tenant, "--json").output.utf8))
        // Background work knows tenants by their uuid.
        let uuid = try #require(entries.first?["tenant"]?.text)
        for arguments in [
            ["tenant", "show", uuid], ["credential", "list", uuid], ["key", "show", "--tenant", uuid],
            ["quarantine", "list", "--tenant", uuid], ["integrity", "check", "--tenant", uuid],
            ["audit", "list", "--tenant", uuid],
        ] {
            let result = try ServerProcess.run(arguments + ["--json"], in: server.directory)
            #expect(result.status == 0, "\(arguments): \(result.output)")
        }
        #expect(try JSON.parse(Array(server.command("tenant", "show", uuid, "--json").output.utf8)) == shown)
        #expect(try server.command("credential", "revoke", tenant, credential).status == 0)
        // The sandbox is built in by either of its names.
        #expect(try server.command("tenant", "delete", uuid, "--yes").status == 1)
        #expect(try server.command("tenant", "show", "00000000-0000-4000-8000-000000000000").status == 1)
    }

    private func audit(_ result: (status: Int32, output: String)) throws -> [JSON] {
        try #require(result.status == 0, "\(result.output)")
        return try result.output.split(separator: "\n").map { try JSON.parse(Array($0.utf8)) }
    }
}
