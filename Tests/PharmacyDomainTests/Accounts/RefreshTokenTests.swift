import PharmacyDomain
import Testing

@Suite("Refresh tokens")
struct RefreshTokenTests {
    @Test(
        "A valid token rotates, a used one revokes its family, and a revoked or expired one is refused",
        arguments: [
            (false, false, -1, RefreshToken.Decision.rotate), (false, false, 0, .refuse), (false, false, 1, .refuse),
            (true, false, -1, .revokeFamily), (true, false, 1, .revokeFamily), (false, true, -1, .refuse),
            (true, true, -1, .refuse), (true, true, 1, .refuse),
        ])
    func decision(isUsed: Bool, isRevoked: Bool, pastExpiry: Int, decision: RefreshToken.Decision) throws {
        let token = RefreshToken(
            clientID: try #require(ClientID(Fixtures.uuid)), family: try #require(TokenFamilyID(Fixtures.uuid)),
            scopes: [.read], expiresAt: Fixtures.now, usedAt: isUsed ? Fixtures.now - .seconds(5) : nil,
            isRevoked: isRevoked)
        #expect(token.decision(at: Fixtures.now + .milliseconds(pastExpiry)) == decision)
    }
}
