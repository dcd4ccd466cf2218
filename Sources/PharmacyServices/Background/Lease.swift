package import PharmacyDomain

/// For how long work that was claimed is nobody else's.
///
/// It is measured by two clocks, and over when either says so: the wall clock, by which other nodes take the work up, and
/// one that is never set back and goes on while this process is stopped.
package struct Lease: Hashable, Sendable {
    /// As it is stored.
    package let expiresAt: Timestamp
    private let deadline: Duration

    /// Begins now: made before the transaction that claims.
    package init(of span: Duration, from time: any ServerClock) {
        deadline = time.elapsed() + span
        expiresAt = time.now() + span
    }

    /// Whether it outlasts what takes no longer than a span, begun now.
    package func outlasts(_ span: Duration, at time: any ServerClock) -> Bool {
        time.elapsed() + span <= deadline && time.now() + span <= expiresAt
    }
}
