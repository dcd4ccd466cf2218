package import PharmacyDomain
package import PharmacyStore
internal import Synchronization

/// The clock of the database that several nodes share, so that moments which one node stores and another compares are of one
/// clock: due times and leases, rate limits, expiries.
///
/// It is read now and then, and counted on from there by the monotonic clock of this machine: no transaction makes a round
/// trip for it, and setting this machine's clock changes nothing. Until the first reading it is this machine's clock.
package final class DatabaseClock: ServerClock {
    private let local: any ServerClock
    private let offset = Mutex(ClockOffset())

    package init(local: any ServerClock = SystemClock()) {
        self.local = local
    }

    package func now() -> Timestamp {
        // Read first: a reading that comes in between is of a later moment, and moves it by no more than that.
        let elapsed = local.elapsed()
        guard let offset = offset.withLock(\.value) else { return local.now() }
        return Timestamp(milliseconds: (elapsed + offset).milliseconds)
    }

    package func elapsed() -> Duration { local.elapsed() }

    package func sleep(for span: Duration) async throws { try await local.sleep(for: span) }

    /// Reads the database's clock.
    /// - Throws: `StoreError`; what is known then goes on counting.
    package func read(from store: Store) async throws {
        let sent = local.elapsed()
        guard let remote = try await store.clockReading() else { return }
        let received = local.elapsed()
        offset.withLock { $0.note(remote, between: sent, and: received) }
    }

    /// How far this machine's clock is ahead; negative where it is behind.
    package var lead: Duration { local.now().since(now()) }
}
