internal import Synchronization

/// Counts what a key has sealed since the count was last taken: a key is replaced long before the number of random nonces
/// under it makes an equal pair likely (`SealPolicy`).
final class SealCounter: Sendable {
    private let count = Atomic<Int64>(0)

    func increment() { count.wrappingAdd(1, ordering: .relaxed) }

    /// Takes the count, which begins again at 0.
    func take() -> Int64 { count.exchange(0, ordering: .relaxed) }

    /// Gives back a count that could not be recorded.
    func putBack(_ taken: Int64) { count.wrappingAdd(taken, ordering: .relaxed) }
}
