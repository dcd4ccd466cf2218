internal import PharmacyDomain
internal import PharmacyStore

extension Entropy {
    /// Ids for events and deliveries that the store makes.
    func eventIdentifiers(at now: Timestamp) -> EventIdentifiers {
        EventIdentifiers(newEvent: { identifier(at: now) }, newDelivery: { identifier(at: now) })
    }
}
