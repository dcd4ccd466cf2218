/// Divides a number of slots among holders so that no holder ever has all of them.
///
/// A holder may have a share of the slots that are free now, not of all slots. The more slots are in use the smaller the share, so
/// that some are left for the next holder (dynamic thresholds, Choudhury and Hahne 1998).
package struct FairShares<Holder: Hashable & Sendable>: Sendable {
    private let total: Int
    private let divisor: Int
    package private(set) var used = 0
    private var held: [Holder: Int] = [:]

    /// - Parameters:
    ///   - total: the number of slots, 1 or more.
    ///   - divisor: 1 or more. A holder may have the number of free slots divided by this, and at least one.
    package init(total: Int, divisor: Int) {
        self.total = total
        self.divisor = divisor
    }

    package var free: Int { total - used }

    /// How many more slots a holder may have now; none where it is 0 or less.
    package func room(for holder: Holder) -> Int {
        guard free > 0 else { return 0 }
        return min(free, max(1, free / divisor) - held[holder, default: 0])
    }

    package mutating func begin(_ holder: Holder) {
        used += 1
        held[holder, default: 0] += 1
    }

    package mutating func end(_ holder: Holder) {
        guard let count = held[holder] else { return }
        used -= 1
        held[holder] = count > 1 ? count - 1 : nil
    }
}
