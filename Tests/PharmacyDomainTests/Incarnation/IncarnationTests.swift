import PharmacyDomain
import Testing

@Suite("Incarnations of a database")
struct IncarnationTests {
    private let epoch = Epoch(0x00c1_d0b4_e7a2_5f83)
    private let other = Epoch(7)

    private func stored(
        _ epoch: Epoch, origin: String? = "here", since: Int64 = 1_000, isFirst: Bool = false
    ) -> Incarnation {
        Incarnation(epoch: epoch, origin: origin, since: Timestamp(milliseconds: since), isFirst: isFirst)
    }

    private func mark(
        _ epoch: Epoch, since: Int64 = 1_000, sequence: Int64, origin: String = "here"
    ) -> IncarnationMark {
        IncarnationMark(epoch: epoch, since: Timestamp(milliseconds: since), sequence: sequence, origin: origin)
    }

    @Test("An epoch is written and read as 16 lowercase hexadecimal digits")
    func epochText() {
        #expect(epoch.description == "00c1d0b4e7a25f83")
        #expect(Epoch(epoch.description) == epoch)
        #expect(Epoch("\(Epoch(.max))") == Epoch(.max))
        let others = [
            "", "c1d0b4e7a25f83", "00C1D0B4E7A25F83", "+0c1d0b4e7a25f83", "00c1d0b4e7a25f8g", "00c1d0b4e7a25f830",
        ]
        for text in others { #expect(Epoch(text) == nil, "\(text)") }
    }

    @Test("A mark is written and read as one line")
    func markText() {
        let mark = mark(epoch, sequence: 48_211, origin: "cluster 73 timeline 00000001 database 5 table 6")
        #expect(mark.description == "00c1d0b4e7a25f83 1000 48211 cluster 73 timeline 00000001 database 5 table 6")
        #expect(IncarnationMark(mark.description) == mark)
        let others = ["", "00c1d0b4e7a25f83 1000 48211", "00c1d0b4e7a25f83  1000 48211 here", "x 1000 48211 here"]
        for text in others { #expect(IncarnationMark(text) == nil, "\(text)") }
    }

    @Test("A database without an epoch begins its first one, unless an epoch of it was seen before")
    func first() {
        #expect(IncarnationVerdict(stored: nil, origin: "here", sequence: 5, mark: nil) == .first)
        let seen = mark(epoch, sequence: 1)
        #expect(IncarnationVerdict(stored: nil, origin: "here", sequence: 5, mark: seen) == .setBack)
    }

    @Test("A database whose origin differs from its epoch's, or has none, has moved", arguments: ["there", nil])
    func moved(origin: String?) {
        let stored = stored(epoch, origin: origin, isFirst: true)
        #expect(IncarnationVerdict(stored: stored, origin: "here", sequence: 5, mark: nil) == .moved)
        let seen = mark(epoch, sequence: 1)
        #expect(IncarnationVerdict(stored: stored, origin: "here", sequence: 5, mark: seen) == .moved)
    }

    @Test("A database is the same unless a mark of the same origin is ahead of it")
    func setBack() {
        func verdict(_ mark: IncarnationMark?) -> IncarnationVerdict {
            IncarnationVerdict(stored: stored(epoch), origin: "here", sequence: 5, mark: mark)
        }
        #expect(verdict(nil) == .same)
        #expect(verdict(mark(epoch, sequence: 5)) == .same)
        #expect(verdict(mark(epoch, sequence: 4)) == .same)
        #expect(verdict(mark(epoch, sequence: 6)) == .setBack)
        // Another node has begun the epoch since.
        #expect(verdict(mark(other, since: 999, sequence: 900)) == .same)
        #expect(verdict(mark(other, since: 1_001, sequence: 1)) == .setBack)
        // Another database.
        #expect(verdict(mark(epoch, sequence: 6, origin: "there")) == .same)
        #expect(verdict(mark(other, since: 1_001, sequence: 1, origin: "there")) == .same)
    }

    @Test("The next epoch is later than the previous one, even after the clock was set back, and is never the first")
    func successor() {
        let first = stored(epoch, since: 1_000, isFirst: true)
        for (now, since) in [(5_000, 5_000), (1_000, 1_001), (10, 1_001)] as [(Int64, Int64)] {
            let next = first.successor(other, origin: "there", at: Timestamp(milliseconds: now))
            #expect(next == stored(other, origin: "there", since: since))
        }
    }
}
