internal import FoundationEssentials
package import PharmacyDomain

/// What time it is, and waiting for a later one; passed in, so that a test of a minute takes none.
package protocol TimeSource: Sendable {
    func now() -> Timestamp
    /// Returns at `moment`, at once when it is past.
    /// - Throws: `CancellationError`.
    func sleep(until moment: Timestamp) async throws
}

package struct SystemTime: TimeSource {
    package init() {}

    package func now() -> Timestamp { Timestamp(Date()) }

    package func sleep(until moment: Timestamp) async throws {
        let span = moment.since(now())
        if span > .zero { try await Task.sleep(for: span) }
    }
}
