import PharmacyDomain
import PharmacyTestSupport
import Testing

@Suite("The offset of a remote clock")
struct ClockOffsetTests {
    @Test("The first reading is taken as of the middle of its round trip")
    func first() {
        var offset = ClockOffset()
        #expect(offset.value == nil)
        offset.note(.seconds(1_000), between: .seconds(10), and: .seconds(12))
        #expect(offset.value == .seconds(989))
    }

    @Test("A reading consistent with the known offset changes nothing, however long it took")
    func consistent() {
        var offset = ClockOffset()
        offset.note(.seconds(1_000), between: .seconds(10), and: .seconds(10))
        offset.note(.seconds(1_030), between: .seconds(20), and: .seconds(50))
        #expect(offset.value == .seconds(990))
    }

    @Test(
        "A reading that contradicts the offset corrects it: a clock that was set, forward or back",
        arguments: [(3_600, 4_589), (-3_600, -2_609)])
    func step(by seconds: Int, to expected: Int) {
        var offset = ClockOffset()
        offset.note(.seconds(1_000), between: .seconds(10), and: .seconds(10))
        // Requested at 19 with a response at 21: the offset is from 989 to 991, plus the step.
        offset.note(.seconds(1_010 + seconds), between: .seconds(19), and: .seconds(21))
        #expect(offset.value == .seconds(expected))
    }

    @Test("The error never exceeds that of the quickest round trip")
    func bound() {
        var generator = SeededGenerator(seed: 989)
        var offset = ClockOffset()
        var (now, quickest) = (Duration.zero, Duration.seconds(1_000))
        for _ in 0..<1_000 {
            let (there, back) = (
                Duration.microseconds(Int64.random(in: 10...5_000, using: &generator)),
                Duration.microseconds(Int64.random(in: 10...5_000, using: &generator))
            )
            offset.note(now + there + .seconds(86_400), between: now, and: now + there + back)
            quickest = min(quickest, there + back)
            now += .seconds(5)
            let error = (offset.value ?? .zero) - .seconds(86_400)
            #expect(max(error, .zero - error) <= .microseconds(5_000))
        }
        let error = (offset.value ?? .zero) - .seconds(86_400)
        #expect(max(error, .zero - error) <= quickest)
    }
}
