/// Limits how many orders are dispatched concurrently, so that no pharmacy and no tenant, however slow, holds all slots
/// (`DeliverySlots`): a tenant may hold a part of the free slots, and each of its lanes a part of the tenant's.
package struct DispatchSlots: Sendable {
    /// The orders of one tenant to one pharmacy.
    package struct Lane: Hashable, Sendable {
        /// The tenant's row.
        package let tenant: Int64
        package let number: Int64

        package init(tenant: Int64, number: Int64) {
            self.tenant = tenant
            self.number = number
        }

        fileprivate var receiver: DeliverySlots.Receiver {
            DeliverySlots.Receiver(tenant: tenant, destination: number, endpoint: 0)
        }
    }

    /// A tenant may hold as many slots as are free, divided by this.
    private static let tenantDivisor = 4
    /// A lane may hold as many slots as its tenant has left, divided by this.
    private static let laneDivisor = 2

    private var slots: DeliverySlots

    /// - Parameter total: slots, 1 or more.
    package init(total: Int) {
        slots = DeliverySlots(
            total: total, tenantDivisor: DispatchSlots.tenantDivisor, destinationDivisor: DispatchSlots.laneDivisor)
    }

    package var free: Int { slots.free }

    /// How many more orders may start in a lane.
    package func room(for lane: Lane) -> Int { slots.room(for: lane.number, of: lane.tenant) }

    package mutating func begin(_ lane: Lane) { slots.begin(lane.receiver) }

    package mutating func end(_ lane: Lane) { slots.end(lane.receiver) }
}
