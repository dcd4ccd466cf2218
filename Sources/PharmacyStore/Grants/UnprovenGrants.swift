internal import PharmacyDomain
internal import Synchronization

/// Unproven rows that have not been reported yet.
///
/// They are noted at once, not after the commit: most transactions that find such a row are rolled back.
package final class UnprovenGrants: Sendable {
    private let found = Mutex<[UnprovenGrant: Int]>([:])
    /// Yields after a row was noted.
    package let arrivals: AsyncStream<Void>
    private let arrived: AsyncStream<Void>.Continuation

    init() {
        (arrivals, arrived) = AsyncStream.makeStream(bufferingPolicy: .bufferingNewest(1))
    }

    func note(_ grant: UnprovenGrant) {
        found.withLock { found in
            let hasRoom = found[grant] != nil || found.count < StoreLimits.unprovenGrants
            // Beyond the limit, rows are counted only by kind.
            found[hasRoom ? grant : UnprovenGrant(kind: grant.kind, tenant: nil, name: "more"), default: 0] += 1
        }
        arrived.yield()
    }

    /// Returns the rows that were noted since the last call, with their counts, and forgets them.
    package func take() -> [UnprovenGrant: Int] {
        found.withLock { found in
            defer { found = [:] }
            return found
        }
    }
}
