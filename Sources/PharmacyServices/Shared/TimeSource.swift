internal import FoundationEssentials
package import PharmacyDomain

/// What time it is, and waiting for a later one; passed in, so that a test of a minute takes none.
package protocol TimeSource: Sendable {
    func now() -> Timestamp
    /// How long it is since a moment that stays the same while the process runs: never set back, and it goes on while the
    /// process or the machine is stopped. For spans alone.
    func elapsed() -> Duration
    /// Returns at `moment`, at once when it is past.
    /// - Throws: `CancellationError`.
    func sleep(until moment: Timestamp) async throws
}

package struct SystemTime: TimeSource {
    private static let start = ContinuousClock.now

    package init() {}

    package func elapsed() -> Duration { ContinuousClock.now - SystemTime.start }

    package func now() -> Timestamp { Timestamp(Date()) }

    package func sleep(until moment: Timestamp) async throws {
        let span = moment.since(now())
        if span > .zero { try await Task.sleep(for: span) }
    }
}
