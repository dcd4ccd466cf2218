import PharmacyDomain
import PharmacyTestSupport
import Testing

@testable import PharmacyServices

@Suite("A fetch that several wait for", .timeLimit(.minutes(1)))
struct SharedFetchTests {
    /// A fetch that ends when it is told to, or cancelled.
    private struct Slow {
        let fetch: SharedFetch
        let cancelled: AsyncStream<Void>
        let gate: AsyncStream<Void>.Continuation

        init() {
            let (gate, opening) = AsyncStream.makeStream(of: Void.self)
            let (cancelled, feed) = AsyncStream.makeStream(of: Void.self)
            self.gate = opening
            self.cancelled = cancelled
            fetch = SharedFetch {
                for await _ in gate { break }
                if Task.isCancelled {
                    feed.yield()
                    throw CancellationError()
                }
                return nil
            }
        }
    }

    @Test("It goes on while one of them waits, and is cancelled with the last")
    func leaving() async throws {
        let slow = Slow()
        #expect(slow.fetch.join())
        let waiting = (1...2).map { _ in Task { try await slow.fetch.value() } }
        waiting[0].cancel()
        #expect(slow.fetch.join(), "there is somebody left")
        waiting[1].cancel()
        let last = Task { try await slow.fetch.value() }
        last.cancel()
        var cancelled = slow.cancelled.makeAsyncIterator()
        #expect(await cancelled.next() != nil)
        for task in waiting + [last] {
            await #expect(throws: CancellationError.self) { _ = try await task.value }
        }
        #expect(!slow.fetch.join(), "who comes now begins another")
    }

    @Test("Those who stay get its result")
    func staying() async throws {
        let slow = Slow()
        #expect(slow.fetch.join())
        let (leaves, stays) = (Task { try await slow.fetch.value() }, Task { try await slow.fetch.value() })
        leaves.cancel()
        slow.gate.yield()
        #expect(try await stays.value == nil)
    }
}
