package import PharmacyDomain

/// Makes the ids of new events and of their deliveries.
package struct EventIdentifiers: Sendable {
    let newEvent: @Sendable () -> EventID
    let newDelivery: @Sendable () -> DeliveryID

    package init(
        newEvent: @escaping @Sendable () -> EventID, newDelivery: @escaping @Sendable () -> DeliveryID
    ) {
        self.newEvent = newEvent
        self.newDelivery = newDelivery
    }
}
