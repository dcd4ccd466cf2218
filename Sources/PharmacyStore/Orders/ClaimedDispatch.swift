package import PharmacyDomain

/// An order that is due to be handed to the pharmacy.
package struct ClaimedDispatch: Hashable, Sendable {
    package let tenant: TenantID
    package let order: OrderID
    /// This one among them. It grows with each claim, so it is the claim's fencing token, too.
    package let attempts: Int
    /// An earlier attempt may have reached the pharmacy.
    package let isUncertain: Bool
    package let lane: DispatchSlots.Lane
    /// Until when no other worker is given it.
    package let leaseExpiresAt: Timestamp
}
