import Foundation
import PharmacyTestSupport
import Testing

@Suite("serve --check-config", .timeLimit(.minutes(3)))
struct ConfigurationCheckTests {
    private func check(_ directory: URL, _ settings: [String: String] = [:], flags: [String] = []) throws -> (
        status: Int32, output: String
    ) {
        try ServerProcess.run(["serve", "--check-config"] + flags, in: directory, settings: settings)
    }

    /// All files below a directory, with their contents and modification times.
    private func contents(_ directory: URL) throws -> [String: [AnyHashable]] {
        let names = try FileManager.default.subpathsOfDirectory(atPath: directory.path)
        return Dictionary(
            uniqueKeysWithValues: try names.map { name in
                let path = directory.appending(path: name)
                let attributes = try FileManager.default.attributesOfItem(atPath: path.path)
                let written = try #require(attributes[.modificationDate] as? Date)
                let mode = try #require(attributes[.posixPermissions] as? NSNumber)
                return (name, [(try? Data(contentsOf: path)) ?? Data(), written, mode])
            })
    }

    @Test("Without an installation, it reports what the first start creates, and creates nothing")
    func fresh() throws {
        let root = try ServerProcess.temporaryDirectory()
        let data = root.appending(path: "a/data")
        for _ in 1...2 {
            let result = try check(data, ["UP_SANDBOX_STEP": "1m"], flags: ["--host", "::1"])
            #expect(result.status == 0, "\(result.output)")
            #expect(result.output.contains("Data directory: \(data.path), which the first start creates."))
            #expect(result.output.contains("Master key: \(data.path)/master.key, which the first start creates."))
            #expect(result.output.contains("where the first start creates a new one."))
            #expect(result.output.contains("No faults found."))
            #expect(try contents(root).isEmpty)
        }
    }

    @Test("Each setting is shown with its value and its source, but secrets without their values")
    func settings() throws {
        let root = try ServerProcess.temporaryDirectory()
        let file = root.appending(path: "up.env")
        try Data("# Ours\nUP_DISPATCH_AGE=12h\nUP_IMPETUS_TOKEN=hunter2\n".utf8).write(to: file)
        let result = try check(
            root.appending(path: "data"),
            [
                "UP_SANDBOX_STEP": "90s", "UP_MASTER_KEY": String(repeating: "a5", count: 32),
                "UP_SANDBOX_SETUP_TOKEN": ServerProcess.setupToken, "UP_IMPETUS_URL": "https://impetus.example",
                "UP_AUDIT_ANCHOR_URL": "https://anchors.example/hunter2", "UP_RATELIMIT": "1/s",
            ], flags: ["--config", file.path, "--port", "9000"])
        #expect(result.status == 0, "\(result.output)")
        let lines = result.output.split(separator: "\n").map {
            $0.split(separator: " ", omittingEmptySubsequences: true).joined(separator: " ")
        }
        for line in [
            "UP_PORT 9000 (flag)", "UP_SANDBOX_STEP 90s (environment)", "UP_DISPATCH_AGE 12h (\(file.path), line 2)",
            "UP_IMPETUS_TOKEN (set) (\(file.path), line 3)", "UP_MASTER_KEY (set) (environment)",
            "UP_RATE_LIMIT 600/m (default)", "UP_WEBHOOK_RETENTION 30d (default)",
            "UP_IMPETUS_URL https://impetus.example (environment)",
            "UP_RATELIMIT in the environment is not a setting. Did you mean UP_RATE_LIMIT?",
        ] { #expect(lines.contains(line), "\(line)") }
        for secret in ["hunter2", "a5a5", ServerProcess.setupToken] { #expect(!result.output.contains(secret)) }
    }

    @Test("All faults are found in one run, and the exit status is 2")
    func faults() throws {
        let root = try ServerProcess.temporaryDirectory()
        let file = root.appending(path: "file")
        try Data("none of these".utf8).write(to: file)
        let result = try check(
            root.appending(path: "data"),
            [
                "UP_PORT": "eighty", "UP_RATE_LIMIT": "0/s", "UP_MASTER_KEY_FILE": file.path, "UP_TLS_CERT": file.path,
                "UP_TLS_KEY": file.path, "UP_PUBLIC_URL": "https://api.example.com",
                "UP_SANDBOX_LOOPBACK_WEBHOOKS": "on", "UP_DATABASE_URL": "postgres://up:hunter2@127.0.0.1:1/up",
            ])
        #expect(result.status == 2)
        let faults = result.output.split(separator: "\n").filter { $0.hasPrefix("united-pharmacy: ") }
        for words in [
            "UP_PORT must be", "UP_RATE_LIMIT must be", "The master key file \(file.path) must hold",
            "UP_TLS_CERT must name a file", "UP_SANDBOX_LOOPBACK_WEBHOOKS cannot be on",
            "the database server cannot be reached",
        ] { #expect(faults.count { $0.contains(words) } == 1, "\(words)") }
        #expect(faults.count == 6)
        #expect(!result.output.contains("hunter2") && !result.output.contains("No faults"))
        #expect(try contents(root).keys.sorted() == ["file"])
    }

    @Test("An installation is described and not changed, whether a server runs or was killed")
    func installation() throws {
        let server = try ServerProcess(in: ServerProcess.temporaryDirectory())
        let running = try check(server.directory)
        #expect(running.status == 0, "\(running.output)")
        server.kill()
        let before = try contents(server.directory)
        let killed = try check(server.directory)
        #expect(killed.status == 0, "\(killed.output)")
        #expect(try contents(server.directory) == before)
        let line = try #require(killed.output.split(separator: "\n").first { $0.hasPrefix("Database: ") })
        #expect(line.contains(TestDatabase.isPostgreSQL ? "PostgreSQL 1" : "SQLite 3."))
        #expect(line.contains(/schema step (\d+) of \1\./))
        #expect(killed.output.contains("Master key: \(server.directory.path)/master.key."))
        let other = try check(server.directory, ["UP_MASTER_KEY": String(repeating: "a5", count: 32)])
        #expect(other.status == 2)
        #expect(other.output.contains("The master key is not the one this database was made with."))
    }

    @Test("A damaged file, a directory that cannot be written, and a lost key are faults")
    func damage() throws {
        let directory = try ServerProcess.temporaryDirectory()
        let database = directory.appending(path: "united-pharmacy.sqlite")
        try Data().write(to: database)
        func check(_ settings: [String: String]) throws -> (status: Int32, output: String) {
            try runProgram(
                [ServerProcess.executable, "serve", "--check-config"],
                environment: ["UP_DATA_DIR": directory.path].merging(settings) { $1 })
        }
        let empty = try check(["UP_MASTER_KEY": String(repeating: "a5", count: 32)])
        #expect(empty.status == 2 && empty.output.contains("is empty, and is not used as a new one"))
        let keyless = try check([:])
        #expect(keyless.status == 2 && keyless.output.contains("master.key is missing"))
        let elsewhere = try check(["UP_DATA_DIR": database.path + "/data"])
        #expect(elsewhere.status == 2 && elsewhere.output.contains("\(database.path)/data cannot be created"))
        #expect(try Data(contentsOf: database).isEmpty)
    }
}
