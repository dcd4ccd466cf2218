/// When the keys that sign access tokens are rotated, and how long the previous keys stay valid.
package enum SigningKeyPolicy {
    /// The age at which a key is rotated.
    package static let rotationAge = Duration.days(90)
    /// How long after its creation a key begins to sign: every server has loaded it by then.
    package static let overlap = Duration.minutes(5)
    /// How long others may cache the public keys. Together with the interval at which servers load keys it is less than
    /// `overlap`, so that whoever verifies tokens has a key before it signs.
    package static let publicKeyLifetime = Duration.minutes(2)

    /// What to do with the present keys.
    package struct Decision: Hashable, Sendable {
        /// The index of the key that signs.
        package let signing: Int
        /// Every token that a key before this index signed has expired.
        package let firstNeeded: Int
        package let needsSuccessor: Bool
    }

    /// - Parameter keys: the creation times, oldest first.
    /// - Returns: `nil` without a key.
    package static func decision(keys: [Timestamp], at now: Timestamp) -> Decision? {
        guard let newest = keys.last else { return nil }
        let signing = keys.lastIndex { $0 + overlap <= now } ?? 0
        // A key signs until its successor's overlap has passed.
        let expired = (1..<keys.count).last {
            keys[$0] + overlap + CredentialPolicy.accessTokenLifetime < now
        }
        return Decision(
            signing: signing, firstNeeded: expired ?? 0, needsSuccessor: newest + rotationAge <= now)
    }
}
