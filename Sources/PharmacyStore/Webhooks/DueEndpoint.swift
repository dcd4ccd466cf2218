internal import PharmacyDomain

/// A URL with deliveries that are due, as it is kept.
struct DueEndpoint: Sendable {
    let receiver: DeliverySlots.Receiver
    let url: [UInt8]
}
