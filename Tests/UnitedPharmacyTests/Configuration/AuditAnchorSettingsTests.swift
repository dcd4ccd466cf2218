import Foundation
import PharmacyServices
import Testing

@testable import UnitedPharmacy

@Suite("Settings of the audit log's anchors", .timeLimit(.minutes(3)))
struct AuditAnchorSettingsTests {
    private func configuration(_ flags: [String: String?]) async throws -> ServerConfiguration {
        try ServerConfiguration(try await Settings(flags: flags, file: nil))
    }

    @Test("Anchors are written only to a file in the data directory, unless settings add destinations")
    func places() async throws {
        let directory = try DataDirectory(path: ServerProcess.temporaryDirectory().path)
        let plain = try await configuration([:])
        #expect(plain.auditAnchors(in: directory).path == directory.path + "/audit-anchors.log")
        #expect(AuditAnchorLocations(plain, in: directory).sinks.isEmpty)
        let all = try await configuration([
            "UP_AUDIT_ANCHOR_FILE": "/var/log/up/anchors", "UP_AUDIT_ANCHOR_SYSLOG": "yes",
            "UP_AUDIT_ANCHOR_URL": "https://collector.example.com/anchors",
        ])
        #expect(all.auditAnchors(in: directory).path == "/var/log/up/anchors")
        let places = AuditAnchorLocations(all, in: directory)
        #expect(places.sinks.map(\.name) == ["syslog", "url"])
        await places.shutdown()
        #expect(
            all.givenSettings.filter { $0.contains("ANCHOR") }
                == ["UP_AUDIT_ANCHOR_FILE", "UP_AUDIT_ANCHOR_SYSLOG", "UP_AUDIT_ANCHOR_URL"])
    }

    @Test(
        "Invalid values are refused with the setting's name",
        arguments: [
            ("UP_AUDIT_ANCHOR_SYSLOG", "maybe"), ("UP_AUDIT_ANCHOR_URL", "http://collector.example.com"),
            ("UP_AUDIT_ANCHOR_URL", "collector"), ("UP_AUDIT_ANCHOR_URL", "https://user@collector.example.com"),
        ])
    func refused(name: String, value: String) async throws {
        let error = await #expect(throws: ConfigurationError.self) { try await configuration([name: value]) }
        #expect(error?.description.contains(name) == true)
    }
}
