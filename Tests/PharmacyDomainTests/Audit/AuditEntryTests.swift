import PharmacyDomain
import Testing

@Suite("Entries of the audit log")
struct AuditEntryTests {
    private static let tenant = TenantID("0b9df3b0-5f0a-4f86-8d5c-2a9bd7d4b0f5")

    private static func entry(
        _ sequence: Int64 = 1, at: Int64 = 5, tenant: TenantID? = tenant, actor: AuditActor = .system,
        action: AuditAction = .patientRead, subjects: [String] = ["ab", "c"], request: String? = "r"
    ) -> AuditEntry {
        AuditEntry(
            sequence: sequence,
            event: AuditEvent(
                at: Timestamp(milliseconds: at), tenant: tenant, actor: actor, action: action, subjects: subjects,
                requestID: request))
    }

    @Test("Entries that differ in any member have different bytes")
    func canonical() {
        let entries = [
            Self.entry(), Self.entry(2), Self.entry(at: 6), Self.entry(tenant: nil), Self.entry(actor: .anonymous),
            Self.entry(actor: .operator("a")), Self.entry(action: .patientListed), Self.entry(subjects: ["a", "bc"]),
            Self.entry(subjects: ["ab"]), Self.entry(subjects: []), Self.entry(subjects: ["c", "ab"]),
            Self.entry(request: nil), Self.entry(request: ""), Self.entry(request: "s"),
        ]
        func bytes(_ entry: AuditEntry) -> [UInt8] {
            var bytes: [UInt8] = []
            entry.writeCanonicalBytes(to: &bytes)
            return bytes
        }
        #expect(Set(entries.map(bytes)).count == entries.count)
        #expect(bytes(Self.entry()) == bytes(Self.entry()))
    }

    @Test(
        "An actor is read back from its name",
        arguments: [
            "system", "anonymous", "operator:root", "operator:a:b", "setup_token:00ff",
            "credential:0b9df3b0-5f0a-4f86-8d5c-2a9bd7d4b0f5",
        ])
    func actor(text: String) {
        #expect(AuditActor(text)?.description == text)
    }

    @Test(
        "Any other text is not an actor",
        arguments: [
            "", "System", "system:", "credential", "credential:x",
            "credential:0B9DF3B0-5F0A-4F86-8D5C-2A9BD7D4B0F5", "robot:a",
        ])
    func noActor(text: String) {
        #expect(AuditActor(text) == nil)
    }

    @Test("Names of actions consist of a noun and a participle")
    func actions() {
        for action in AuditAction.allCases {
            let parts = action.rawValue.split(separator: ".")
            #expect(parts.count == 2 && action.rawValue.allSatisfy { $0.isLowercase || $0 == "." || $0 == "_" })
        }
    }
}
