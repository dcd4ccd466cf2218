internal import PharmacyStore

extension Entropy {
    /// Random ids for events and deliveries that the store makes.
    var eventIdentifiers: EventIdentifiers {
        EventIdentifiers(newEvent: { identifier() }, newDelivery: { identifier() })
    }
}
