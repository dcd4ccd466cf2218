package import PharmacyDomain
package import PharmacyStore
internal import Synchronization

/// The clock of the database that several nodes share. Times that one node stores and another compares are therefore times of one
/// clock: due times, leases, rate limits and expiries.
///
/// The database's clock is read at intervals. In between, this machine's monotonic clock is added, so that no transaction makes a
/// round trip for the time, and setting this machine's clock changes nothing. Until the first reading it is this machine's clock.
package final class DatabaseClock: ServerClock {
    private let local: any ServerClock
    private let offset = Mutex(ClockOffset())

    package init(local: any ServerClock = SystemClock()) {
        self.local = local
    }

    package func now() -> Timestamp {
        // The local clock is read first. A concurrent reading of the database's clock can then only make the result slightly older.
        let elapsed = local.elapsed()
        guard let offset = offset.withLock(\.value) else { return local.now() }
        return Timestamp(milliseconds: (elapsed + offset).milliseconds)
    }

    package func elapsed() -> Duration { local.elapsed() }

    package func sleep(for span: Duration) async throws { try await local.sleep(for: span) }

    /// Reads the database's clock.
    /// - Throws: `StoreError`. The known offset stays in use then.
    package func read(from store: Store) async throws {
        let sent = local.elapsed()
        guard let remote = try await store.clockReading() else { return }
        let received = local.elapsed()
        offset.withLock { $0.note(remote, between: sent, and: received) }
    }

    /// How far this machine's clock is ahead of the database's; negative where it is behind.
    package var lead: Duration { local.now().since(now()) }
}
