/// Shares out how many deliveries may be under way at once, so that no receiver, however slow, ever holds all slots.
///
/// A destination may hold a part of the slots that are free now, not of all there are: many slow ones get less each, and
/// something is left for the next (dynamic thresholds, Choudhury and Hahne 1998). A URL in turn may hold a part of what
/// its destination has left.
package struct DeliverySlots: Sendable {
    /// Where a delivery goes.
    package struct Receiver: Hashable, Sendable {
        /// The scheme, host and port of one tenant's URL.
        package let destination: Int64
        /// The URL.
        package let endpoint: Int64

        package init(destination: Int64, endpoint: Int64) {
            self.destination = destination
            self.endpoint = endpoint
        }
    }

    /// A destination may hold as many as are free, divided by this.
    private let destinationDivisor: Int
    /// A URL may hold as many as its destination has left, divided by this.
    private let endpointDivisor: Int

    private let total: Int
    private var used = 0
    private var byDestination: [Int64: Int] = [:]
    private var byEndpoint: [Receiver: Int] = [:]

    /// - Parameters:
    ///   - total: slots, 1 or more.
    ///   - destinationDivisor: 1 or more; with more, one destination gets less and more of them share the slots.
    package init(total: Int, destinationDivisor: Int = 32, endpointDivisor: Int = 2) {
        self.total = total
        self.destinationDivisor = destinationDivisor
        self.endpointDivisor = endpointDivisor
    }

    package var free: Int { total - used }

    /// How many more may start to a destination.
    package func room(for destination: Int64) -> Int {
        guard free > 0 else { return 0 }
        return min(free, max(1, free / destinationDivisor) - underWay(to: destination))
    }

    /// How many more may start to a URL.
    package func room(for receiver: Receiver) -> Int {
        let left = room(for: receiver.destination)
        guard left > 0 else { return 0 }
        return min(left, max(1, left / endpointDivisor) - byEndpoint[receiver, default: 0])
    }

    /// How many are under way to a destination.
    package func underWay(to destination: Int64) -> Int { byDestination[destination, default: 0] }

    package mutating func begin(_ receiver: Receiver) {
        used += 1
        byDestination[receiver.destination, default: 0] += 1
        byEndpoint[receiver, default: 0] += 1
    }

    package mutating func end(_ receiver: Receiver) {
        guard let count = byEndpoint[receiver], let sum = byDestination[receiver.destination] else { return }
        used -= 1
        byEndpoint[receiver] = count > 1 ? count - 1 : nil
        byDestination[receiver.destination] = sum > 1 ? sum - 1 : nil
    }
}
