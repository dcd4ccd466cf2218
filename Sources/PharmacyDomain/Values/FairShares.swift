/// Shares out a number of places so that no holder ever has all of them.
///
/// A holder may have a part of what is free now, not of all there is: several that hold on to theirs get less each, and
/// something is left for the next (dynamic thresholds, Choudhury and Hahne 1998).
package struct FairShares<Holder: Hashable & Sendable>: Sendable {
    private let total: Int
    private let divisor: Int
    package private(set) var used = 0
    private var held: [Holder: Int] = [:]

    /// - Parameters:
    ///   - total: places, 1 or more.
    ///   - divisor: 1 or more; a holder may have as many places as are free, divided by this, and one in any case.
    package init(total: Int, divisor: Int) {
        self.total = total
        self.divisor = divisor
    }

    package var free: Int { total - used }

    /// How many places more a holder may have now; 0 or less: none.
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
