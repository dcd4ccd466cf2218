import PharmacyDomain
import Testing

@Suite("API credentials")
struct CredentialTests {
    @Test("The list shows a credential without secrets, and when its 90 days are over")
    func document() throws {
        let created = try #require(Timestamp("2026-01-01T00:00:00Z"))
        var credential = Credential(
            id: try #require(ClientID(Fixtures.uuid)), name: "CI", scopes: [.read], createdAt: created)
        #expect(
            credential.document.written == """
                {"client_id":"135fef3b-b4ac-485f-b9bf-e8beef4990c7","name":"CI","scopes":["read"],"status":"active",\
                "created_at":"2026-01-01T00:00:00+00:00","last_used_at":null,"revoked_at":null,\
                "rotate_after":"2026-04-01T00:00:00+00:00"}
                """)
        credential.lastUsedAt = created + .hours(1)
        credential.revokedAt = created + .hours(2)
        #expect(credential.status == .revoked)
        #expect(credential.document["status"] == "revoked")
        #expect(credential.document["last_used_at"] == "2026-01-01T01:00:00+00:00")
        #expect(credential.document["revoked_at"] == "2026-01-01T02:00:00+00:00")
    }

    @Test("The guide's numbers: 20 credentials, 90 days to rotate, tokens of 30 and 60 days")
    func policy() {
        #expect(CredentialPolicy.activeLimit == 20)
        #expect(CredentialPolicy.rotationAge == .hours(90 * 24))
        #expect(CredentialPolicy.accessTokenLifetime == .seconds(2_592_000))
        #expect(CredentialPolicy.refreshTokenLifetime == .seconds(5_184_000))
    }

    @Test(
        "A display name has at most 100 characters",
        arguments: [
            (JSON.string(String(repeating: "é", count: 100)), false, true),
            (.string(String(repeating: "a", count: 101)), false, false),
            (7, false, false), (nil, false, true), (nil, true, false), ("  ", true, false), ("CI", true, true),
        ])
    func name(value: JSON, isRequired: Bool, isAccepted: Bool) {
        var fields = FieldReader(["name": value])
        let name = CredentialPolicy.name(in: &fields, required: isRequired)
        #expect(fields.problems.isEmpty == isAccepted)
        #expect(name == (isAccepted ? value.text : nil))
    }
}
