import PharmacyDomain
import Testing

@Suite("Keys that sign access tokens")
struct SigningKeyPolicyTests {
    private static let now = Timestamp(milliseconds: 1_800_000_000_000)

    @Test(
        "A key signs from the age of 5 minutes, is rotated after 90 days, and is needed until its last token expires",
        arguments: [
            // Ages in minutes, oldest key first.
            ([0], 0, 0, false), ([4], 0, 0, false), ([90 * 1440 - 1], 0, 0, false), ([90 * 1440], 0, 0, true),
            ([90 * 1440, 0], 0, 0, false), ([90 * 1440, 4], 0, 0, false), ([90 * 1440 + 5, 5], 1, 0, false),
            ([120 * 1440 + 5, 30 * 1440 + 5], 1, 0, false), ([120 * 1440 + 6, 30 * 1440 + 6], 1, 1, false),
            ([200 * 1440, 100 * 1440, 10 * 1440], 2, 1, false), ([300 * 1440, 200 * 1440, 100 * 1440], 2, 2, true),
        ])
    func decisions(ages: [Int], signing: Int, firstNeeded: Int, needsSuccessor: Bool) throws {
        let keys = ages.map { Self.now - .minutes($0) }
        let decision = try #require(SigningKeyPolicy.decision(keys: keys, at: Self.now))
        #expect(decision.signing == signing)
        #expect(decision.firstNeeded == firstNeeded)
        #expect(decision.needsSuccessor == needsSuccessor)
    }

    @Test("Without a key there is no decision")
    func none() {
        #expect(SigningKeyPolicy.decision(keys: [], at: Self.now) == nil)
    }
}
