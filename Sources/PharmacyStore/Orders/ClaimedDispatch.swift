package import PharmacyDomain

/// An order that is due to be submitted to the pharmacy.
package struct ClaimedDispatch: ClaimedOrder {
    package let tenant: TenantID
    package let order: OrderID
    /// The number of claims, this one included. It grows with each claim, so it is the claim's fencing token.
    package let attempts: Int
    /// The state that the claim has recorded.
    package let state: DispatchState
    package let lane: DispatchSlots.Lane
    package let leaseExpiresAt: Timestamp
}
