/// How many records one key may seal. AES-GCM with random nonces of 96 bits allows 2³² seals under one key (NIST SP 800-38D, §8.3).
package enum SealPolicy {
    /// Seals after which a data key is rotated: a sixteenth of the limit, which leaves room for seals during the rotation and
    /// for counts that are lost in crashes. At 1,000 orders per second a tenant reaches it within a day.
    package static let rotationCount: Int64 = 1 << 28
}
