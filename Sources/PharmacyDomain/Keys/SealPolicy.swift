/// How much one key may seal. AES-GCM with random nonces of 96 bits allows 2³² seals under one key (NIST SP 800-38D, §8.3).
package enum SealPolicy {
    /// Seals after which a data key is replaced: a sixteenth of what is allowed, so that neither the seals while the
    /// replacement is under way nor counts that crashes lose come near it. At 1,000 orders a second a tenant gets there
    /// within a day.
    package static let replacementCount: Int64 = 1 << 28
}
