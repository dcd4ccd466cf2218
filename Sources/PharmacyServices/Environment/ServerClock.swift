package import PharmacyDomain

/// What time it is, and waiting for a later one; passed in, so that a test of a minute takes none.
package protocol ServerClock: Sendable {
    /// For moments: what is stored, and what partners read. The clock may be set, forward or back.
    func now() -> Timestamp
    /// How long it is since a moment that stays the same while the process runs: never set back, and it goes on while the
    /// process or the machine is stopped. For spans alone: waits, and ages of what is in memory.
    func elapsed() -> Duration
    /// Returns after a span, however the clock is set meanwhile; at once where it is zero or less.
    /// - Throws: `CancellationError`.
    func sleep(for span: Duration) async throws
    /// Returns at `moment`, at once where it is past; after `limit` at the latest, however the clock is set.
    /// - Throws: `CancellationError`.
    func sleep(until moment: Timestamp, atMost limit: Duration) async throws
}

extension ServerClock {
    package func sleep(until moment: Timestamp, atMost limit: Duration) async throws {
        try await sleep(for: min(moment.since(now()), limit))
    }
}
