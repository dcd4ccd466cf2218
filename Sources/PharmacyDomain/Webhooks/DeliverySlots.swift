/// Limits how many deliveries are in flight, so that no tenant and no receiver, however slow, holds all slots.
///
/// A tenant may hold a part of the slots that are free now (`FairShares`), a destination a part of its tenant's, and a URL a
/// part of its destination's.
package struct DeliverySlots: Sendable {
    /// The receiver of a delivery.
    package struct Receiver: Hashable, Sendable {
        /// The tenant's row.
        package let tenant: Int64
        /// The scheme, host and port of one tenant's URL.
        package let destination: Int64
        /// The URL.
        package let endpoint: Int64

        package init(tenant: Int64, destination: Int64, endpoint: Int64) {
            self.tenant = tenant
            self.destination = destination
            self.endpoint = endpoint
        }

        fileprivate var key: Destination { Destination(tenant: tenant, number: destination) }
    }

    fileprivate struct Destination: Hashable {
        let tenant: Int64
        let number: Int64
    }

    /// A destination may hold as many slots as its tenant has left, divided by this.
    private let destinationDivisor: Int
    /// A URL may hold as many slots as its destination has left, divided by this.
    private let endpointDivisor: Int

    private var tenants: FairShares<Int64>
    private var byDestination: [Destination: Int] = [:]
    private var byEndpoint: [Receiver: Int] = [:]

    /// - Parameters:
    ///   - total: slots, 1 or more.
    ///   - tenantDivisor: 1 or more; a tenant may hold as many slots as are free, divided by this.
    ///   - destinationDivisor: 1 or more; a larger one gives each destination fewer of the tenant's slots.
    ///   - endpointDivisor: 1 or more.
    package init(total: Int, tenantDivisor: Int = 2, destinationDivisor: Int = 16, endpointDivisor: Int = 2) {
        tenants = FairShares(total: total, divisor: tenantDivisor)
        self.destinationDivisor = destinationDivisor
        self.endpointDivisor = endpointDivisor
    }

    package var free: Int { tenants.free }

    /// How many more deliveries may start to a destination of a tenant.
    package func room(for destination: Int64, of tenant: Int64) -> Int {
        let left = tenants.room(for: tenant)
        guard left > 0 else { return 0 }
        return min(left, max(1, left / destinationDivisor) - inFlight(to: destination, of: tenant))
    }

    /// How many more deliveries may start to a URL.
    package func room(for receiver: Receiver) -> Int {
        let left = room(for: receiver.destination, of: receiver.tenant)
        guard left > 0 else { return 0 }
        return min(left, max(1, left / endpointDivisor) - byEndpoint[receiver, default: 0])
    }

    /// How many deliveries to a destination of a tenant are in flight.
    package func inFlight(to destination: Int64, of tenant: Int64) -> Int {
        byDestination[Destination(tenant: tenant, number: destination), default: 0]
    }

    package mutating func begin(_ receiver: Receiver) {
        tenants.begin(receiver.tenant)
        byDestination[receiver.key, default: 0] += 1
        byEndpoint[receiver, default: 0] += 1
    }

    package mutating func end(_ receiver: Receiver) {
        guard let count = byEndpoint[receiver], let sum = byDestination[receiver.key] else { return }
        tenants.end(receiver.tenant)
        byEndpoint[receiver] = count > 1 ? count - 1 : nil
        byDestination[receiver.key] = sum > 1 ? sum - 1 : nil
    }
}
