package import PharmacyDomain

/// An order that the pharmacy is to be asked about.
package struct ClaimedReconciliation: Hashable, Sendable {
    package let tenant: TenantID
    package let order: OrderID
    package let lane: DispatchSlots.Lane
    /// Until when no other worker is given it; names the claim, too.
    package let leaseExpiresAt: Timestamp
}
