package import PharmacyDomain

/// The time, and waiting. The clock is passed in, so that a test of a minute takes no time.
package protocol ServerClock: Sendable {
    /// The wall clock, for times that are stored and that partners read. It may be set forward or back.
    func now() -> Timestamp
    /// The time since a fixed point while the process runs. It is never set back, and continues while the process or the machine is
    /// stopped. Only for spans: waits, and ages of data in memory.
    func elapsed() -> Duration
    /// Returns after a span, even if the wall clock is set meanwhile; at once for a span of zero or less.
    /// - Throws: `CancellationError`.
    func sleep(for span: Duration) async throws
    /// Returns at `moment`, at once where it is past, and after `limit` at the latest, even if the wall clock is set.
    /// - Throws: `CancellationError`.
    func sleep(until moment: Timestamp, atMost limit: Duration) async throws
}

extension ServerClock {
    package func sleep(until moment: Timestamp, atMost limit: Duration) async throws {
        try await sleep(for: min(moment.since(now()), limit))
    }
}
