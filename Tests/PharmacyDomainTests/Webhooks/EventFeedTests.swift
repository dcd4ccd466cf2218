import PharmacyDomain
import Testing

@Suite("Cursors of the feed")
struct EventFeedTests {
    private let epoch = Epoch(1)

    private func feed(latest: Int64 = 10, pruned: Int64 = 0, isFirst: Bool = false) -> EventFeed {
        EventFeed(epoch: epoch, acceptsUnmarkedCursors: isFirst, latest: latest, pruned: pruned)
    }

    @Test("A cursor of the epoch is valid from the latest event that was removed to the latest there is")
    func range() {
        let feed = feed(latest: 10, pruned: 3)
        let valid = (Int64(0)...12).filter { !feed.hasExpired(feed.cursor(at: $0)) }
        #expect(valid == Array(3...10))
        #expect(!self.feed(latest: 0).hasExpired(feed.cursor(at: 0)))
    }

    @Test("A cursor of another epoch has expired wherever it is")
    func otherEpoch() {
        for position in Int64(0)...10 {
            #expect(feed(isFirst: true).hasExpired(EventCursor(epoch: Epoch(2), position: position)))
        }
    }

    @Test("A cursor issued before epochs existed is valid only in the first epoch")
    func unmarked() {
        let cursor = EventCursor(epoch: nil, position: 4)
        #expect(!feed(isFirst: true).hasExpired(cursor))
        #expect(feed(isFirst: false).hasExpired(cursor))
        #expect(feed(pruned: 5, isFirst: true).hasExpired(cursor))
    }
}
