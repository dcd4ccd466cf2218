internal import Synchronization

/// Counts the records that a key has sealed since the count was last recorded. A key is rotated long before the number of random
/// nonces under it makes a collision likely (`SealPolicy`).
final class SealCounter: Sendable {
    private let count = Atomic<Int64>(0)

    func increment() { count.wrappingAdd(1, ordering: .relaxed) }

    /// Returns the count and sets it to 0.
    func drain() -> Int64 { count.exchange(0, ordering: .relaxed) }

    func add(_ seals: Int64) { count.wrappingAdd(seals, ordering: .relaxed) }
}
