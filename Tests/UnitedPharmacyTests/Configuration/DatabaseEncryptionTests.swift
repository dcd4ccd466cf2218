#if PostgreSQL
import Foundation
import PharmacyStore
import Testing

@testable import UnitedPharmacy

/// These read libpq's defaults from this process's environment as well (`PGSSLMODE` and so on), which names none here;
/// other environments are tested in separate processes.
@Suite("Encryption of database connections", .timeLimit(.minutes(3)))
struct DatabaseEncryptionTests {
    private func configuration(_ flags: [String: String?]) async throws -> ServerConfiguration {
        try ServerConfiguration(try await Settings(flags: flags, file: nil))
    }

    /// The error message for a URL.
    private func refusal(_ url: String) async -> String? {
        await #expect(throws: ConfigurationError.self, "\(url)") {
            try await configuration(["UP_DATABASE_URL": url])
        }?.description
    }

    @Test(
        "Unix sockets, loopback, and modes that require encryption are accepted",
        arguments: [
            "postgresql:///up?host=/var/run/postgresql", "postgresql://%2Fvar%2Frun%2Fpostgresql/up",
            "postgresql:///up?host=@socket", "postgres://localhost/up", "postgres://up:secret@127.0.0.1:5432/up",
            "postgres://[::1]/up", "postgres://127.0.0.1,localhost:5433/up", "postgres://db/up?hostaddr=127.0.0.1",
            "postgres://db/up?sslmode=require", "postgres://db/up?sslmode=verify-ca",
            "postgres://db/up?sslmode=verify-full", "postgres:///up?host=db&sslmode=verify-full",
            "postgres://a,b/up?sslmode=require", "postgres://db/up?ssl=true",
            "postgres://db/up?service=none&sslmode=require",
        ])
    func accepted(url: String) async throws {
        #expect(try await configuration(["UP_DATABASE_URL": url]).databaseURL == url)
    }

    @Test(
        "A URL of another machine without required encryption is refused, without the password, unless a setting allows it",
        arguments: [
            "postgres://up:hunter2@db/up", "postgres://up:hunter2@db/up?sslmode=disable",
            "postgres://up:hunter2@db/up?sslmode=allow", "postgres://up:hunter2@db/up?sslmode=prefer",
            "postgres://up:hunter2@/up?host=db", "postgres://up:hunter2@localhost/up?hostaddr=10.0.0.1",
            "postgres://up:hunter2@localhost,db/up", "postgres://up:hunter2@localhost/up?host=db",
            "postgres://up:hunter2@localhost,127.0.0.1:1,db/up",
            "postgres://up:hunter2@127.0.0.1/up?host=%2Ftmp,db", "postgres://up:hunter2@10.0.0.1/up",
            "postgres://up:hunter2@[fd00::1]/up", "postgres://up:hunter2@/up?service=somewhere",
        ])
    func refused(url: String) async throws {
        let sentence = try #require(await refusal(url))
        #expect(sentence.contains("UP_DATABASE_URL") && sentence.contains("UP_DATABASE_ALLOW_PLAINTEXT=yes"))
        #expect(!sentence.contains("hunter2"))
        let allowed = try await configuration(["UP_DATABASE_URL": url, "UP_DATABASE_ALLOW_PLAINTEXT": "yes"])
        #expect(allowed.databaseURL == url)
    }

    @Test(
        "A URL that libpq cannot read is refused, without the password",
        arguments: [
            "postgres://up:hunter2@db:5432:1/up?%", "postgres://up:hunter2@db/up?sslmode=on",
            "postgres://up:hunter2@db/up?nothing=1",
            // Unencoded characters would become part of the host, the port or the database, which errors contain.
            "postgres://up:word@hunter2@localhost/up", "postgres://up:hunter2/word@localhost/up",
            "postgres://localhost:5432/hunter2@localhost/up", "postgres://up:hunter2@localhost:0/up",
            "postgres://up:hunter2@localhost:65536/up",
        ])
    func unreadable(url: String) async throws {
        let sentence = try #require(await refusal(url))
        #expect(sentence.hasPrefix("UP_DATABASE_URL must be ") && !sentence.contains("hunter2"))
    }

    @Test("The host and the mode in libpq's environment variables are respected")
    func environment() throws {
        let directory = try ServerProcess.temporaryDirectory()
        func serve(_ settings: [String: String]) throws -> (status: Int32, output: String) {
            try ServerProcess.run(["serve", "--port", "0"], in: directory, settings: settings)
        }
        let elsewhere = try serve(["UP_DATABASE_URL": "postgresql:///up", "PGHOST": "db.invalid"])
        #expect(elsewhere.status == 2)
        #expect(elsewhere.output.contains("sslmode=prefer"))
        let allowing = try serve(
            ["UP_DATABASE_URL": "postgresql:///up", "PGHOST": "db.invalid", "PGSSLMODE": "allow"])
        #expect(allowing.status == 2)
        #expect(allowing.output.contains("sslmode=allow"))
        // No server listens there, which is detected later.
        let here = try serve([
            "UP_DATABASE_URL": "postgresql:///up", "PGHOST": "127.0.0.1", "PGPORT": "1", "UP_DATABASE_START_WAIT": "0s",
        ])
        #expect(here.status == 1)
        #expect(here.output.contains("Database connections stay on this machine (sslmode=prefer)."))
    }

    @Test("A copy over an unencrypted connection is refused, for the source and for the destination")
    func copy() throws {
        let directory = try ServerProcess.temporaryDirectory()
        for (from, to, option) in [
            ("postgres://up:hunter2@db.invalid/up", directory.path, "--from"),
            (directory.path, "postgres://up:hunter2@db.invalid/up", "--to"),
        ] {
            let result = try runProgram(
                [ServerProcess.executable, "copy", "--from", from, "--to", to],
                environment: ["UP_DATA_DIR": directory.path])
            #expect(result.status == 2)
            #expect(result.output.contains(option) && result.output.contains("UP_DATABASE_ALLOW_PLAINTEXT"))
            #expect(!result.output.contains("hunter2"))
        }
    }
}
#endif
