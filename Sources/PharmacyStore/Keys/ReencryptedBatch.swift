package import PharmacyDomain

/// Some records that were sealed anew, or could not be.
package struct ReencryptedBatch: Sendable {
    /// Whether there may be more.
    package let mayBeMore: Bool
    /// What could not be, as it is recorded now.
    package let failures: [QuarantinedItem]
    /// What can be again.
    package var healed: [QuarantinedItem.Key] = []
}
