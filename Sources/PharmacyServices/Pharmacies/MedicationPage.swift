package import PharmacyDomain

/// A page of a pharmacy's catalog.
package struct MedicationPage: Sendable {
    package let page: Page<CatalogItem>
    /// Whether the pharmacy's system is unavailable, so that the prices are the last that it reported.
    package let isStale: Bool
}
