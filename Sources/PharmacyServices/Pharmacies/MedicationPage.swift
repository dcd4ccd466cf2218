package import PharmacyDomain

/// A page of a pharmacy's medications.
package struct MedicationPage: Sendable {
    package let page: Page<JSON>
    /// The pharmacy's system is down, and the prices are those it named last.
    package let isStale: Bool
}
