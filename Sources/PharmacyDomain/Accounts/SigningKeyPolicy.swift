/// When the keys that sign access tokens are replaced, and how long their predecessors are still believed.
package enum SigningKeyPolicy {
    /// The age at which a key gets a successor.
    package static let rotationAge = Duration.days(90)
    /// A new key signs only when every server has had the time to hear of it.
    package static let overlap = Duration.minutes(5)

    /// What is to be done about the keys there are.
    package struct Decision: Hashable, Sendable {
        /// The place of the key that signs.
        package let signing: Int
        /// Keys at places before this one have signed nothing that is still valid.
        package let firstNeeded: Int
        package let needsSuccessor: Bool
    }

    /// - Parameter keys: when each was made, oldest first; `nil` where there is none.
    package static func decision(keys: [Timestamp], at now: Timestamp) -> Decision? {
        guard let newest = keys.last else { return nil }
        let signing = keys.lastIndex { $0 + overlap <= now } ?? 0
        // A key's last token was signed when its successor had been there for the overlap.
        let expired = (1..<keys.count).last {
            keys[$0] + overlap + CredentialPolicy.accessTokenLifetime < now
        }
        return Decision(
            signing: signing, firstNeeded: expired ?? 0, needsSuccessor: newest + rotationAge <= now)
    }
}
