import PharmacyDomain

/// The medication that an order names, with the price the pharmacy asks for it now.
struct PricedMedication: Sendable {
    let document: JSON
    let price: Price
}
