package import PharmacyDomain

/// The time for which claimed work belongs to one worker.
///
/// It is measured by two clocks and ends when either has reached its end: by the wall clock, with which other nodes claim the work,
/// and by the monotonic clock, which is never set back and continues while this process is stopped.
package struct Lease: Hashable, Sendable {
    /// The stored end of the lease.
    package let expiresAt: Timestamp
    private let deadline: Duration

    /// A lease that begins now. It must be made before the transaction that claims.
    package init(of span: Duration, from time: any ServerClock) {
        deadline = time.elapsed() + span
        expiresAt = time.now() + span
    }

    /// Whether work that begins now and takes up to a span ends before the lease.
    package func outlasts(_ span: Duration, at time: any ServerClock) -> Bool {
        time.elapsed() + span <= deadline && time.now() + span <= expiresAt
    }
}
