import PharmacyTestSupport
import Testing

@testable import PharmacyServices

@Suite("Well-formed access tokens")
struct CompactTokenTests {
    @Test(
        "Only three parts of base64url are a well-formed token",
        arguments: [
            ("a.b.c", true), ("aZ0-_.b.c", true), ("", false), (".", false), ("..", false), ("a.b", false),
            ("a.b.", false),
            (".b.c", false), ("a..c", false), ("a.b.c.d", false), ("a.b.c.", false), ("a.b.c=", false),
            ("a.b.c+", false),
            ("a .b.c", false), ("á.b.c", false), (String(repeating: "a", count: 512) + ".b.c", true),
            (String(repeating: "a", count: 513) + ".b.c", false), ("a.b." + String(repeating: "c", count: 4_092), true),
            ("a.b." + String(repeating: "c", count: 4_093), false),
        ])
    func form(text: String, isToken: Bool) {
        #expect(CompactToken.isWellFormed(text.utf8) == isToken)
    }

    @Test("No byte after the limit is read", arguments: ["a", ".", "a.", "a.a.a", "a.b.cccccccccccccc"])
    func work(part: String) {
        let counts = CountedBytes.reads(of: { Array(("x.y." + String(repeating: part, count: $0)).utf8) }) {
            _ = CompactToken.isWellFormed($0)
        }
        #expect(CountedBytes.areLinear(counts), "\(counts)")
        #expect(counts.allSatisfy { $0 <= CompactToken.lengthLimit + 1 }, "\(counts)")
    }
}
