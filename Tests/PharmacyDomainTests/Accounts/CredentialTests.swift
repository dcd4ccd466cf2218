import PharmacyDomain
import PharmacyTestSupport
import Testing

@Suite("API credentials")
struct CredentialTests {
    @Test("A credential is active until it is revoked, and is to be replaced after 90 days")
    func status() throws {
        let created = try #require(Timestamp("2026-01-01T00:00:00Z"))
        var credential = Credential(
            id: try #require(ClientID(Fixtures.uuid)), name: "CI", scopes: [.read], createdAt: created)
        #expect(credential.status == .active)
        #expect(credential.rotateAfter == Timestamp("2026-04-01T00:00:00Z"))
        credential.revokedAt = created + .hours(2)
        #expect(credential.status == .revoked)
    }

    @Test("The guide's numbers: 20 credentials, 90 days to rotate, tokens of 30 and 60 days")
    func policy() {
        #expect(CredentialPolicy.activeLimit == 20)
        #expect(CredentialPolicy.rotationAge == .hours(90 * 24))
        #expect(CredentialPolicy.accessTokenLifetime == .seconds(2_592_000))
        #expect(CredentialPolicy.refreshTokenLifetime == .seconds(5_184_000))
    }
}
