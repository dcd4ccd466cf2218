import Foundation
import PharmacyDomain
import Testing

@testable import UnitedPharmacy

@Suite("The security consequences of settings", .timeLimit(.minutes(3)))
struct ServingPolicyTests {
    private func policy(_ flags: [String: String?]) async throws -> ServingPolicy {
        try ServingPolicy(ServerConfiguration(try await Settings(flags: flags, file: nil)))
    }

    private static let certificate = ["UP_TLS_CERT": "/etc/up/cert.pem", "UP_TLS_KEY": "/etc/up/key.pem"]

    @Test(
        "Without a setting, loopback webhooks are allowed if no other setting indicates remote clients",
        arguments: [
            [:], ["UP_HOST": "localhost"], ["UP_HOST": "::1"], ["UP_HOST": "127.0.0.2"],
            ["UP_PUBLIC_URL": "http://localhost:8082"], ["UP_PUBLIC_URL": "http://127.0.0.1:8082/"],
            ["UP_PUBLIC_URL": "https://[::1]:8443"],
        ])
    func automaticallyOn(settings: [String: String]) async throws {
        let policy = try await policy(settings)
        #expect(policy.allowsLoopbackWebhooks)
        #expect(policy.advice.isEmpty)
    }

    @Test(
        "A public URL, a trusted proxy, a certificate, another address or the setting disables loopback webhooks",
        arguments: [
            ["UP_PUBLIC_URL": "https://api.example.com"], ["UP_PUBLIC_URL": "http://10.0.0.1"],
            ["UP_PUBLIC_URL": "https://127.0.0.1.example.com"],
            ["UP_PUBLIC_URL": "https://sub.localhost"], ["UP_TRUSTED_PROXIES": "127.0.0.1"], certificate,
            ["UP_HOST": "0.0.0.0", "UP_HTTP_ALLOW_PLAINTEXT": "yes"],
            ["UP_HOST": "10.0.0.1"].merging(certificate) { $1 }, ["UP_SANDBOX_LOOPBACK_WEBHOOKS": "off"],
        ])
    func automaticallyOff(settings: [String: String]) async throws {
        #expect(try await !policy(settings).allowsLoopbackWebhooks)
    }

    @Test(
        "The setting enables loopback webhooks with a warning, if only this machine reaches the server",
        arguments: [
            [:], ["UP_TRUSTED_PROXIES": "127.0.0.1", "UP_PUBLIC_URL": "http://localhost:8082"], certificate,
            ["UP_HOST": "0.0.0.0", "UP_HTTP_ALLOW_PLAINTEXT": "yes", "UP_PUBLIC_URL": "http://localhost:8082"],
        ])
    func on(settings: [String: String]) async throws {
        let policy = try await policy(settings.merging(["UP_SANDBOX_LOOPBACK_WEBHOOKS": "on"]) { $1 })
        #expect(policy.allowsLoopbackWebhooks)
        #expect(policy.advice.contains { $0.contains("UP_SANDBOX_LOOPBACK_WEBHOOKS") })
    }

    @Test(
        "Enabling loopback webhooks is refused if others reach the server",
        arguments: [
            ["UP_PUBLIC_URL": "https://api.example.com"],
            ["UP_PUBLIC_URL": "https://api.example.com", "UP_TRUSTED_PROXIES": "127.0.0.1"],
            ["UP_HOST": "0.0.0.0", "UP_HTTP_ALLOW_PLAINTEXT": "yes"],
            ["UP_HOST": "10.0.0.1"].merging(certificate) { $1 },
        ])
    func contradiction(settings: [String: String]) async throws {
        let error = await #expect(throws: ConfigurationError.self) {
            try await policy(settings.merging(["UP_SANDBOX_LOOPBACK_WEBHOOKS": "on"]) { $1 })
        }
        let sentence = try #require(error?.description)
        #expect(sentence.hasPrefix("UP_SANDBOX_LOOPBACK_WEBHOOKS cannot be on") && sentence.hasSuffix("."))
    }

    @Test(
        "Plain HTTP on an address that is not loopback is refused, or served with a warning if a setting allows it",
        arguments: ["0.0.0.0", "::", "10.0.0.1", "api.example.com", "::ffff:127.0.0.1"])
    func plainHTTP(host: String) async throws {
        for setting in [nil, "no"] {
            let error = await #expect(throws: ConfigurationError.self) {
                try await policy(["UP_HOST": host, "UP_HTTP_ALLOW_PLAINTEXT": setting])
            }
            #expect(error?.description.contains("UP_HTTP_ALLOW_PLAINTEXT=yes") == true)
        }
        let allowed = try await policy(["UP_HOST": host, "UP_HTTP_ALLOW_PLAINTEXT": "yes"])
        #expect(allowed.advice.contains { $0.contains("UP_HTTP_ALLOW_PLAINTEXT") })
        // With a certificate nothing is sent in clear.
        #expect(try await policy(["UP_HOST": host].merging(Self.certificate) { $1 }).advice.isEmpty)
    }

    @Test(
        "Invalid values are refused",
        arguments: [
            ("UP_SANDBOX_LOOPBACK_WEBHOOKS", "yes"), ("UP_SANDBOX_LOOPBACK_WEBHOOKS", "On"),
            ("UP_HTTP_ALLOW_PLAINTEXT", "on"), ("UP_HTTP_ALLOW_PLAINTEXT", "true"),
            ("UP_DATABASE_ALLOW_PLAINTEXT", "1"),
        ])
    func values(name: String, value: String) async throws {
        let error = await #expect(throws: ConfigurationError.self) { try await policy([name: value]) }
        #expect(error?.description.hasPrefix("\(name) must be ") == true)
    }

    @Test("A server that would serve plain HTTP to the network does not start, and prints the reason")
    func start() throws {
        let directory = try ServerProcess.temporaryDirectory()
        let refused = try ServerProcess.run(["serve", "--port", "0", "--host", "0.0.0.0"], in: directory)
        #expect(refused.status == 2)
        #expect(refused.output.contains("UP_HTTP_ALLOW_PLAINTEXT"))
        let contradiction = try ServerProcess.run(
            ["serve", "--port", "0", "--public-url", "https://api.example.com"], in: directory,
            settings: ["UP_SANDBOX_LOOPBACK_WEBHOOKS": "on"])
        #expect(contradiction.status == 2)
        #expect(contradiction.output.contains("UP_SANDBOX_LOOPBACK_WEBHOOKS"))
        #expect(try FileManager.default.contentsOfDirectory(atPath: directory.path).isEmpty)
    }
}
