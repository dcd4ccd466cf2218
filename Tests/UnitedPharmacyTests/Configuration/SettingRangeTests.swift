import Foundation
import Testing

@testable import UnitedPharmacy

/// A setting with values inside and outside of its range.
private struct RangedSetting: CustomTestStringConvertible {
    let name: String
    let accepted: [String]
    let refused: [String]
    /// The range as the error contains it.
    let range: String

    var testDescription: String { name }

    private static func duration(_ name: String, _ range: (String, String), _ accepted: [String], _ refused: [String])
        -> Self
    {
        RangedSetting(
            name: name, accepted: [range.0, range.1] + accepted,
            // Nothing, no unit, signs, fractions, and what overflows where it is counted in nanoseconds.
            refused: refused + ["5", "-5s", "+5s", "1.5s", "5 s", "999999999d", "9999999999999999999s", "5w", "s"],
            range: "from \(range.0) to \(range.1)")
    }

    static let all = [
        RangedSetting(
            name: "UP_PORT", accepted: ["0", "1", "65535"],
            refused: ["-1", "65536", "+80", "0x50", "99999999999999999999"],
            range: "from 0 to 65535"),
        RangedSetting(
            name: "UP_DATABASE_CONNECTIONS", accepted: ["5", "500"], refused: ["4", "501", "0", "-5", "5.0", "many"],
            range: "from 5 to 500"),
        duration("UP_DATABASE_WAIT", ("10ms", "1m"), ["5s"], ["0s", "9ms", "61s", "1h"]),
        duration("UP_DATABASE_START_WAIT", ("0s", "1h"), ["30s"], ["61m", "2h"]),
        duration("UP_SANDBOX_STEP", ("1ms", "1d"), ["manual", "24h"], ["0s", "0ms", "25h", "Manual"]),
        duration("UP_SANDBOX_WIPE_EVERY", ("1s", "366d"), ["24h"], ["0s", "999ms", "367d"]),
        duration("UP_WEBHOOK_RETRY_DELAY", ("1ms", "1d"), ["60s"], ["0s", "25h"]),
        duration("UP_WEBHOOK_RETENTION", ("1h", "3660d"), ["30d"], ["0s", "59m", "3661d"]),
        duration("UP_AUDIT_RETENTION", ("1d", "36600d"), ["2190d"], ["0d", "23h", "36601d"]),
        duration("UP_DISPATCH_AGE", ("100ms", "29d"), ["24h"], ["0s", "99ms", "30d"]),
        duration("UP_RECONCILE_AFTER", ("10ms", "30d"), ["30m"], ["0s", "9ms", "31d"]),
        duration("UP_KEEP_ALIVE", ("1s", "1h"), ["75s"], ["0s", "999ms", "61m", "75", "-5s"]),
        duration("UP_SHUTDOWN_GRACE", ("100ms", "10m"), ["30s"], ["0s", "99ms", "11m"]),
        RangedSetting(
            name: "UP_RATE_LIMIT", accepted: ["1/h", "1000000/s"],
            refused: ["0/m", "1000001/s", "-1/s", "600/d", "600", "/m"],
            range: "between 1 and 1,000,000 requests per s, m or h"),
        RangedSetting(
            name: "UP_AUTH_RATE_LIMIT", accepted: ["1/h", "1000000/s"],
            refused: ["0/m", "1000001/s", "1.5/s", "30/min"],
            range: "between 1 and 1,000,000 requests per s, m or h"),
        RangedSetting(
            name: "UP_HOST", accepted: ["127.0.0.1", "::1", "fe80::1%eth0", "localhost"],
            refused: ["http://localhost", "127.0.0.1:80", "a b", "a/b", String(repeating: "a", count: 254)],
            range: "at most 253 characters"),
        RangedSetting(
            name: "UP_PUBLIC_URL",
            accepted: ["https://api.example.com", "http://localhost:8082/", "https://[::1]:8443/up"],
            refused: [
                "https://api.example.com:0", "https://api.example.com:65536", "https://user@api.example.com",
                "https://user:word@api.example.com", "https://api.example.com/#top", "https://api.example.com/\u{7}",
                "https://api.example.com/a b", "https://" + String(repeating: "a", count: 2048),
            ], range: "at most 2048 characters"),
        RangedSetting(
            name: "UP_TRUSTED_PROXIES",
            accepted: ["10.0.0.0/8, ::1", Array(repeating: "::1", count: 256).joined(separator: ",")],
            refused: [",", "10.0.0.0/33", "proxy", Array(repeating: "::1", count: 257).joined(separator: ",")],
            range: "at most 256"),
        RangedSetting(
            name: "UP_DATA_DIR", accepted: ["/var/lib/up"],
            refused: ["/var/\u{1}up", String(repeating: "a", count: 4096)],
            range: "at most 4096 bytes"),
        RangedSetting(
            name: "UP_AUDIT_ANCHOR_FILE", accepted: ["/var/log/up"], refused: ["\u{7F}"], range: "at most 4096 bytes"),
        RangedSetting(name: "UP_MASTER_KEY_FILE", accepted: ["/k"], refused: ["/k\u{1B}"], range: "at most 4096 bytes"),
        RangedSetting(
            name: "UP_AUDIT_ANCHOR_URL", accepted: ["https://a.example"],
            refused: ["http://a.example", "https://a.example:99999", "https://a:b@a.example"],
            range: "at most 2048 characters"),
        RangedSetting(
            name: "UP_LOG_LEVEL", accepted: ["trace", "critical"], refused: ["INFO", "warn", "1"],
            range: "trace, debug, info, notice, warning, error or critical"),
        RangedSetting(
            name: "UP_LOG_FORMAT", accepted: ["text", "json"], refused: ["JSON", "xml"], range: "text or json"),
        RangedSetting(
            name: "UP_SANDBOX_LOOPBACK_WEBHOOKS", accepted: ["on", "off"], refused: ["yes", "1"], range: "on or off"),
        RangedSetting(
            name: "UP_HTTP_ALLOW_PLAINTEXT", accepted: ["yes", "no"], refused: ["true", "1", "Yes"], range: "yes or no"),
        RangedSetting(
            name: "UP_DATABASE_ALLOW_PLAINTEXT", accepted: ["yes", "no"], refused: ["true", "1"], range: "yes or no"),
        RangedSetting(
            name: "UP_AUDIT_ANCHOR_SYSLOG", accepted: ["yes", "no"], refused: ["on", "1"], range: "yes or no"),
    ]
}

@Suite("The ranges of settings", .timeLimit(.minutes(3)))
struct SettingRangeTests {
    private func configuration(
        _ flags: [String: String?] = [:], file: String? = nil
    ) async throws -> ServerConfiguration {
        try ServerConfiguration(try await Settings(flags: flags, file: file))
    }

    /// Writes a file of settings for the extent of `body`.
    private func withFile(_ text: String, _ body: (String) async throws -> Void) async throws {
        let url = FileManager.default.temporaryDirectory.appending(path: "up-settings-\(UUID().uuidString)")
        try Data(text.utf8).write(to: url)
        defer { try? FileManager.default.removeItem(at: url) }
        try await body(url.path)
    }

    @Test(
        "Both ends of a range are accepted, and values outside are refused with the range", arguments: RangedSetting.all
    )
    private func ends(setting: RangedSetting) async throws {
        for value in setting.accepted { _ = try await configuration([setting.name: value]) }
        for value in setting.refused {
            let error = await #expect(throws: ConfigurationError.self, "\(value)") {
                try await configuration([setting.name: value])
            }
            let sentence = try #require(error?.description)
            #expect(sentence.hasPrefix("\(setting.name) must be ") && sentence.hasSuffix("."))
            #expect(sentence.contains(setting.range), "\(sentence)")
        }
    }

    @Test("Values in a file have the same ranges, and errors contain the line", arguments: RangedSetting.all)
    private func fileAlike(setting: RangedSetting) async throws {
        // Spaces at the ends, and control characters that end lines, are no part of a line's value.
        for value in setting.refused where value == value.trimmingCharacters(in: .whitespacesAndNewlines) {
            try await withFile("# Ours\n\(setting.name)=\(value)\n") { path in
                let error = await #expect(throws: ConfigurationError.self, "\(value)") {
                    try await configuration(file: path)
                }
                #expect(error?.description.contains(setting.range) == true)
                #expect(error?.description.hasSuffix("; it is set on line 2 of \(path).") == true)
            }
        }
    }

    @Test("Values in the environment have the same ranges, and errors name the environment")
    func environmentAlike() throws {
        let directory = try ServerProcess.temporaryDirectory()
        for (name, value) in [("UP_SHUTDOWN_GRACE", "11m"), ("UP_DATABASE_WAIT", "0s"), ("UP_HOST", "a:b:80")] {
            let result = try ServerProcess.run(["serve", "--port", "0"], in: directory, settings: [name: value])
            #expect(result.status == 2)
            #expect(result.output.hasPrefix("united-pharmacy: \(name) must be "))
            #expect(result.output.hasSuffix("; it is set in the environment.\n"))
        }
    }

    @Test("All errors are printed, one per line, and the exit status is 2")
    func allFaults() throws {
        let result = try ServerProcess.run(
            ["serve"], in: ServerProcess.temporaryDirectory(),
            settings: ["UP_PORT": "eighty", "UP_SANDBOX_STEP": "0s", "UP_TLS_CERT": "/cert.pem"])
        #expect(result.status == 2)
        let lines = result.output.split(separator: "\n")
        #expect(lines.count == 3)
        for name in ["UP_PORT", "UP_SANDBOX_STEP", "UP_TLS_CERT and UP_TLS_KEY"] {
            #expect(lines.count { $0.hasPrefix("united-pharmacy: \(name) must be ") } == 1, "\(name)")
        }
    }

    @Test(
        "Contradicting settings are refused with their names",
        arguments: [
            (
                ["UP_WEBHOOK_RETENTION": "4h", "UP_WEBHOOK_RETRY_DELAY": "1h"],
                "UP_WEBHOOK_RETENTION must be longer than"
            ),
            (["UP_TLS_KEY": "/key.pem"], "UP_TLS_CERT and UP_TLS_KEY must be set together"),
            (["UP_IMPETUS_URL": "https://a.example"], "UP_IMPETUS_URL and UP_IMPETUS_TOKEN must be set together"),
            (
                ["UP_IMPETUS_CALLBACK_SECRET": String(repeating: "s", count: 32)],
                "UP_IMPETUS_CALLBACK_SECRET is of no use without UP_IMPETUS_URL"
            ),
        ])
    func contradictions(settings: [String: String], sentence: String) async throws {
        let error = await #expect(throws: ConfigurationError.self) { try await configuration(settings) }
        #expect(error?.description.hasPrefix(sentence) == true)
    }

    @Test("A retention longer than all attempts is accepted")
    func compatible() async throws {
        _ = try await configuration(["UP_WEBHOOK_RETENTION": "5h", "UP_WEBHOOK_RETRY_DELAY": "1h"])
    }

    @Test("Every setting is read and shown with a value")
    func everySetting() async throws {
        let shown = try await configuration().shownSettings
        #expect(Set(shown.map(\.name)) == SettingsTable.names)
        #expect(shown.allSatisfy { !$0.value.isEmpty })
    }

    @Test("The README and the program have the same settings")
    func documented() throws {
        let readme = try String(contentsOfFile: "README.md", encoding: .utf8)
        let named = readme.matches(of: /\| `UP_[^|]+ \|/).flatMap {
            $0.output.matches(of: /`(UP_[A-Z_]+)`/).map { String($0.output.1) }
        }
        #expect(Set(named) == SettingsTable.names.union(["UP_CONFIG"]))
    }
}
