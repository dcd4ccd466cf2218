internal import FoundationEssentials
package import PharmacyDomain

/// The clock of this machine.
package struct SystemClock: ServerClock {
    private static let start = ContinuousClock.now

    package init() {}

    package func elapsed() -> Duration { ContinuousClock.now - SystemClock.start }

    package func now() -> Timestamp { Timestamp(Date()) }

    package func sleep(for span: Duration) async throws {
        if span > .zero { try await Task.sleep(for: span) }
    }
}
