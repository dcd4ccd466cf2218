import PharmacyTestSupport
import Testing

@testable import PharmacyDomain

@Suite("Searching for bytes")
struct BytePatternTests {
    @Test("It finds the same as a comparison at every offset, from any start")
    func finding() {
        var generator = SeededGenerator(seed: 17)
        var hits = 0
        for _ in 0..<3_000 {
            func bytes(_ lengths: ClosedRange<Int>) -> [UInt8] {
                (0..<Int.random(in: lengths, using: &generator)).map { _ in UInt8.random(in: 97...98, using: &generator)
                }
            }
            let (text, needle) = (bytes(0...40), bytes(1...6))
            let start = Int.random(in: 0...text.count, using: &generator)
            let places = text.count < needle.count ? [] : Array(0...(text.count - needle.count))
            let expected = places.first { $0 >= start && text[$0..<($0 + needle.count)].elementsEqual(needle) }
            let pattern = BytePattern(needle)
            #expect(text.withUnsafeBufferPointer { pattern.firstMatch(in: $0, from: start) } == expected)
            #expect(pattern.isFound(in: text) == places.contains { text[$0...].starts(with: needle) })
            hits += expected == nil ? 0 : 1
        }
        #expect(hits > 500)
    }

    @Test("An empty pattern is found everywhere")
    func empty() {
        #expect(BytePattern([]).isEmpty)
        #expect(BytePattern([]).isFound(in: []))
        #expect(BytePattern([]).isFound(in: [1]))
    }

    @Test(
        "Each byte of the text is read once, whatever text and pattern contain",
        arguments: [("a", "a"), ("a", "b"), ("ab", "a"), ("aab", "a"), ("a@", "@")])
    func work(part: String, last: String) {
        let needle = BytePattern(Array(String(repeating: part, count: 40).utf8) + Array("!".utf8))
        let counts = CountedBytes.reads(of: { Array(String(repeating: part, count: $0).utf8) + Array(last.utf8) }) {
            #expect(needle.firstMatch(of: $0, from: 0) == nil)
            #expect($0.reads == $0.count)
        }
        #expect(CountedBytes.areLinear(counts), "\(counts)")
    }
}
