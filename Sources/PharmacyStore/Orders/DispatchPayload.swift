package import PharmacyDomain

/// The content of a submission to the pharmacy: the order, and the patient as they were when it was placed.
package struct DispatchPayload: Sendable {
    package let order: Order
    package let patient: Patient
    /// The order as it is stored.
    let sealedOrder: [UInt8]
}
