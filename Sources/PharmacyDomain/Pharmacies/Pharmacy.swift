/// A pharmacy that orders can be routed to (guide, section 3).
package struct Pharmacy: Hashable, Sendable {
    package enum Status: String, Sendable {
        case active
        case inactive
    }

    package let id: PharmacyID
    package let name: String
    package let slug: String
    package let status: Status
    /// The states that it ships to; `nil` where it does not say.
    package let shipsToStates: [String]?
    /// Whether its system reads the address, the shipping method, the directions and the refills of an order. One that does not
    /// would ignore them, so that a parcel would go to another address.
    package let takesPrescriptionDetails: Bool

    package init(
        id: PharmacyID, name: String, slug: String, status: Status, shipsToStates: [String]? = nil,
        takesPrescriptionDetails: Bool = true
    ) {
        self.id = id
        self.name = name
        self.slug = slug
        self.status = status
        self.shipsToStates = shipsToStates
        self.takesPrescriptionDetails = takesPrescriptionDetails
    }

    /// Whether it may send an order to a state.
    package func ships(to state: String) -> Bool { shipsToStates?.contains(state) ?? true }
}
