internal import FoundationEssentials
internal import PharmacyDomain
package import PharmacyStore

extension EventIdentifiers {
    /// Random ids.
    package static let random = EventIdentifiers(
        newEvent: { EventID(UUID()) }, newDelivery: { DeliveryID(UUID()) })
}
