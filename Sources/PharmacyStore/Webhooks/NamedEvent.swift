package import PharmacyDomain

/// An event and its id.
package struct NamedEvent: Hashable, Sendable {
    package let id: EventID
    package let event: OrderEvent

    package init(id: EventID, event: OrderEvent) {
        self.id = id
        self.event = event
    }
}
