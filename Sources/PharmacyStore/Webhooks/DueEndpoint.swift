internal import PharmacyDomain

/// A URL with deliveries that are due, as it is stored.
struct DueEndpoint: Sendable {
    let receiver: DeliverySlots.Receiver
    let url: [UInt8]
}
