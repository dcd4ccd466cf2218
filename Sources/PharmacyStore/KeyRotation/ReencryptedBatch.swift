package import PharmacyDomain

/// The result of re-encrypting some records.
package struct ReencryptedBatch: Sendable {
    /// Whether there may be more records.
    package let mayBeMore: Bool
    /// The unreadable records, as they were quarantined.
    package let failures: [QuarantinedItem]
    /// Quarantined records that were re-encrypted.
    package var recovered: [QuarantinedItem.Key] = []
}
