import PharmacyDomain
import PharmacyTestSupport
import Testing

@testable import PharmacyServices

@Suite("A fetch for which several requests wait", .timeLimit(.minutes(1)))
struct SharedFetchTests {
    /// A fetch that ends when the test ends it, or when it is canceled.
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

    @Test("A shared fetch continues while one caller waits, and is cancelled with the last one")
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

    @Test("The remaining callers get the result")
    func staying() async throws {
        let slow = Slow()
        #expect(slow.fetch.join())
        let (leaves, stays) = (Task { try await slow.fetch.value() }, Task { try await slow.fetch.value() })
        leaves.cancel()
        slow.gate.yield()
        #expect(try await stays.value == nil)
    }
}
