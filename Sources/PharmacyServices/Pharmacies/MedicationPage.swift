package import PharmacyDomain

/// A page of a pharmacy's catalog.
package struct MedicationPage<Item: Sendable>: Sendable {
    package let page: Page<Item>
    /// Whether the pharmacy's system is unavailable, so that the prices are the last that it reported.
    package let isStale: Bool
    /// The digests of the items' contents, in the order of the page; empty if the items have no bytes.
    package let digests: [UInt8]
    /// How long the prices are still valid.
    package let freshFor: Duration
}
