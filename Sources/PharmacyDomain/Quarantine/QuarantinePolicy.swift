/// How often a quarantined item is tried, and at what intervals.
package enum QuarantinePolicy {
    /// Tries until the item waits for an operator. The last comes half an hour after the first, so that work recovers by
    /// itself when a key or a file is put back meanwhile.
    package static let tries = 6
    /// The wait after the first try; each further one is four times as long: 5 s, 20 s, 80 s, 5 min, 21 min.
    package static let firstWait = Duration.seconds(5)

    /// The wait before the last try.
    package static let longestWait = firstWait * (1 << (2 * (tries - 2)))

    /// - Parameter tries: how many have failed, 1 or more.
    /// - Returns: when the item is tried again; `nil`: when an operator retries it.
    package static func nextTry(of work: QuarantinedItem.Work, after tries: Int, at now: Timestamp) -> Timestamp? {
        // A webhook that cannot be sent fails at once, or it would block the later ones of its order.
        guard work != .delivery, tries < QuarantinePolicy.tries else { return nil }
        return now + firstWait * (1 << (2 * (max(tries, 1) - 1)))
    }
}
