import Foundation
import Logging
import PharmacyDomain
import PharmacyServices
import Testing

@testable import UnitedPharmacy

@Suite("The server's configuration")
struct ServerConfigurationTests {
    private static let token = "up_setup_" + String(repeating: "t", count: 43)
    private static let hexadecimalKey = String(repeating: "a5", count: 32)

    /// Reads settings given as flags, over those of this process' environment.
    private func configuration(_ flags: [String: String?], file: String? = nil) async throws -> ServerConfiguration {
        try ServerConfiguration(try await Settings(flags: flags, file: file))
    }

    /// The error message for a setting.
    private func refusal(_ name: String, _ value: String) async -> String? {
        await #expect(throws: ConfigurationError.self) { try await configuration([name: value]) }?.description
    }

    /// Writes a file of settings for the extent of `body`.
    private func withFile(_ text: String, _ body: (String) async throws -> Void) async throws {
        let url = FileManager.default.temporaryDirectory.appending(path: "up-settings-\(UUID().uuidString)")
        try Data(text.utf8).write(to: url)
        defer { try? FileManager.default.removeItem(at: url) }
        try await body(url.path)
    }

    @Test("Without settings, the sandbox is served on this machine only")
    func defaults() async throws {
        let configuration = try await configuration([:])
        #expect(configuration.host == "127.0.0.1")
        #expect(configuration.port == 8082)
        #expect(configuration.dataDirectory == "data")
        #expect(configuration.sandboxSetupToken == nil)
        #expect(configuration.sandboxStep == .every(.seconds(5)))
        #expect(configuration.sandboxWipeEvery == .seconds(86_400))
        #expect(configuration.webhookRetryDelay == .seconds(60))
        #expect(configuration.rateLimit == RateLimit("600/m"))
        #expect(configuration.authRateLimit == RateLimit("30/m"))
        #expect(configuration.keepAlive == .seconds(75))
        #expect(configuration.masterKey == nil)
        #expect(configuration.masterKeyFile == nil)
        #expect(configuration.publicURL == nil)
        #expect(configuration.logLevel == .info)
        #expect(configuration.logFormat == .text)
    }

    @Test("Each setting is read under its name")
    func everySetting() async throws {
        let configuration = try await configuration([
            "UP_HOST": "0.0.0.0", "UP_PORT": "0", "UP_DATA_DIR": "/var/lib/up",
            "UP_SANDBOX_SETUP_TOKEN": Self.token, "UP_SANDBOX_STEP": "250ms", "UP_SANDBOX_WIPE_EVERY": "1h",
            "UP_WEBHOOK_RETRY_DELAY": "2s", "UP_RATE_LIMIT": "10/s", "UP_AUTH_RATE_LIMIT": "5000/h",
            "UP_MASTER_KEY": Self.hexadecimalKey, "UP_MASTER_KEY_FILE": "/run/secrets/key",
            "UP_PUBLIC_URL": "https://api.example.com", "UP_LOG_LEVEL": "debug", "UP_LOG_FORMAT": "json",
        ])
        #expect(configuration.host == "0.0.0.0")
        #expect(configuration.port == 0)
        #expect(configuration.dataDirectory == "/var/lib/up")
        #expect(configuration.sandboxSetupToken == Self.token)
        #expect(configuration.sandboxStep == .every(.milliseconds(250)))
        #expect(configuration.sandboxWipeEvery == .seconds(3600))
        #expect(configuration.webhookRetryDelay == .seconds(2))
        #expect(configuration.rateLimit == RateLimit("10/s"))
        #expect(configuration.authRateLimit == RateLimit("5000/h"))
        #expect(configuration.masterKey == nil)
        #expect(configuration.masterKeyFile == "/run/secrets/key")
        #expect(configuration.publicURL == "https://api.example.com")
        #expect(configuration.logLevel == .debug)
        #expect(configuration.logFormat == .json)
    }

    @Test(
        "Values at the ends of the ranges are accepted",
        arguments: [
            ("UP_PORT", "65535"), ("UP_SANDBOX_STEP", "manual"), ("UP_RATE_LIMIT", "1000000/s"),
            ("UP_SANDBOX_SETUP_TOKEN", "up_setup_" + String(repeating: "-", count: 43)),
            ("UP_SANDBOX_SETUP_TOKEN", "up_setup_" + String(repeating: "Z", count: 200)),
            ("UP_MASTER_KEY", Data(repeating: 7, count: 32).base64EncodedString()),
            ("UP_PUBLIC_URL", "http://localhost:8082/"), ("UP_LOG_LEVEL", "critical"),
        ])
    func edges(name: String, value: String) async throws {
        _ = try await configuration([name: value])
    }

    @Test(
        "An invalid value is refused with one sentence that names the setting but not the value",
        arguments: [
            ("UP_PORT", "eighty"), ("UP_PORT", "-1"), ("UP_PORT", "65536"), ("UP_PORT", "80.5"),
            ("UP_SANDBOX_STEP", "soon"), ("UP_SANDBOX_STEP", "0s"), ("UP_SANDBOX_STEP", "Manual"),
            ("UP_SANDBOX_WIPE_EVERY", "daily"), ("UP_WEBHOOK_RETRY_DELAY", "-60s"),
            ("UP_WEBHOOK_RETRY_DELAY", "manual"), ("UP_RATE_LIMIT", "0/m"), ("UP_RATE_LIMIT", "600"),
            ("UP_RATE_LIMIT", "600/d"), ("UP_AUTH_RATE_LIMIT", "many"),
            ("UP_SANDBOX_SETUP_TOKEN", "up_secret_" + String(repeating: "t", count: 43)),
            ("UP_SANDBOX_SETUP_TOKEN", "up_setup_" + String(repeating: "t", count: 42)),
            ("UP_SANDBOX_SETUP_TOKEN", "up_setup_" + String(repeating: "t", count: 201)),
            ("UP_SANDBOX_SETUP_TOKEN", "up_setup_" + String(repeating: "t", count: 42) + "="),
            ("UP_SANDBOX_SETUP_TOKEN", "up_setup_" + String(repeating: "\u{e9}", count: 43)),
            ("UP_MASTER_KEY", "short"), ("UP_MASTER_KEY", String(repeating: "zz", count: 32)),
            ("UP_MASTER_KEY", Data(repeating: 7, count: 31).base64EncodedString()),
            ("UP_MASTER_KEY", Data(repeating: 7, count: 33).base64EncodedString()),
            ("UP_PUBLIC_URL", "api.example.com"), ("UP_PUBLIC_URL", "ftp://api.example.com"),
            ("UP_PUBLIC_URL", "https://"), ("UP_PUBLIC_URL", "https://api.example.com/?a=b"),
            ("UP_LOG_LEVEL", "verbose"), ("UP_LOG_FORMAT", "xml"),
        ])
    func refuses(name: String, value: String) async throws {
        let sentence = try #require(await refusal(name, value))
        #expect(sentence.hasPrefix("\(name) must be "))
        #expect(sentence.hasSuffix("."))
        #expect(!sentence.contains("\n"))
        #expect(!sentence.contains("\"\(value)\"") && !sentence.contains(" \(value) "))
    }

    @Test(
        "A URL of another database, or with an unencoded @ in the password, is refused without the password",
        arguments: ["mysql://up:hunter2@db/up", "postgres://up:first@hunter2@db/up?sslmode=require"])
    func databaseURL(url: String) async throws {
        let sentence = try #require(await refusal("UP_DATABASE_URL", url))
        #expect(sentence.contains("UP_DATABASE_URL"))
        #expect(!sentence.contains("hunter2"))
    }

    @Test("An empty value is the same as no value")
    func emptyValues() async throws {
        let configuration = try await configuration(["UP_PORT": "", "UP_HOST": nil, "UP_DATABASE_URL": ""])
        #expect(configuration.port == 8082)
        #expect(configuration.host == "127.0.0.1")
    }

    @Test("A trailing slash of a public URL is removed")
    func publicURL() async throws {
        #expect(try await configuration(["UP_PUBLIC_URL": "https://a.example/"]).publicURL == "https://a.example")
    }

    @Test("A file of settings is read, and flags take precedence")
    func file() async throws {
        let text = "# Ours\n\nUP_PORT=9000\n UP_HOST = ::1 \nUP_LOG_LEVEL=error\nUP_LOG_LEVEL=trace\nno setting\n"
        try await withFile(text) { path in
            let configuration = try await configuration(["UP_PORT": "9001"], file: path)
            #expect(configuration.port == 9001)
            #expect(configuration.host == "::1")
            #expect(configuration.logLevel == .trace)
        }
    }

    @Test("A file may have Windows line ends")
    func windowsFile() async throws {
        try await withFile("# Ours\r\nUP_PORT=9000\r\nUP_HOST=::1\r\n") { path in
            let configuration = try await configuration([:], file: path)
            #expect(configuration.port == 9000)
            #expect(configuration.host == "::1")
        }
    }

    @Test("A key file given as a flag takes precedence over a key set elsewhere")
    func keyFileFlag() async throws {
        try await withFile("UP_MASTER_KEY=\(Self.hexadecimalKey)\n") { path in
            let flagged = try await configuration(["UP_MASTER_KEY_FILE": "/run/secrets/key"], file: path)
            #expect(flagged.masterKey == nil)
            #expect(flagged.masterKeyFile == "/run/secrets/key")
            let unflagged = try await configuration([:], file: path)
            #expect(unflagged.masterKey == [UInt8](repeating: 0xA5, count: 32))
        }
    }

    @Test("An invalid value in a file is refused")
    func wrongValueInFile() async throws {
        try await withFile("UP_PORT=eighty\n") { path in
            await #expect(throws: ConfigurationError.self) { try await configuration([:], file: path) }
        }
    }

    @Test("A missing file of settings is refused")
    func missingFile() async throws {
        let error = await #expect(throws: ConfigurationError.self) {
            try await configuration([:], file: "/nowhere/united-pharmacy.env")
        }
        #expect(error?.description.contains("--config") == true)
    }
}
