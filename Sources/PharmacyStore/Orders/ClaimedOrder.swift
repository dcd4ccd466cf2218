package import PharmacyDomain

/// An order that a worker has claimed, to dispatch or to reconcile it.
package protocol ClaimedOrder: Hashable, Sendable {
    var tenant: TenantID { get }
    var order: OrderID { get }
    var lane: DispatchSlots.Lane { get }
    /// Until then no other worker can claim the order.
    var leaseExpiresAt: Timestamp { get }
}
