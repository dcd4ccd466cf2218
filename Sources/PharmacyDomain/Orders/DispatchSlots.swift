/// Shares out how many orders may be on their way to pharmacies at once, so that no pharmacy and no tenant, however slow,
/// ever holds all slots (`DeliverySlots`): of what is free now a tenant may hold a part, and each of its lanes a part of
/// what the tenant has left.
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

    /// A tenant may hold as many as are free, divided by the first, and a lane what its tenant has left, divided by the
    /// second.
    private static let tenantDivisor = 4
    private static let laneDivisor = 2

    private var slots: DeliverySlots

    /// - Parameter total: slots, 1 or more.
    package init(total: Int) {
        slots = DeliverySlots(
            total: total, tenantDivisor: DispatchSlots.tenantDivisor, destinationDivisor: DispatchSlots.laneDivisor)
    }

    package var free: Int { slots.free }

    /// How many more may start in a lane.
    package func room(for lane: Lane) -> Int { slots.room(for: lane.number, of: lane.tenant) }

    package mutating func begin(_ lane: Lane) { slots.begin(lane.receiver) }

    package mutating func end(_ lane: Lane) { slots.end(lane.receiver) }
}
