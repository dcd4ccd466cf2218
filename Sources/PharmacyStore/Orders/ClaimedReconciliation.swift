package import PharmacyDomain

/// An order whose pharmacy is to be queried about it.
package struct ClaimedReconciliation: ClaimedOrder {
    package let tenant: TenantID
    package let order: OrderID
    package let lane: DispatchSlots.Lane
    /// Identifies the claim, too.
    package let leaseExpiresAt: Timestamp
}
