import PharmacyDomain
import Testing

@Suite("Request ids")
struct RequestIDTests {
    private static let now = Timestamp(milliseconds: 1_766_423_701_000)

    @Test("An assigned id is a UUID that begins with the time")
    func assigned() throws {
        let ids = (0..<100).map { _ in RequestID.accepting(nil, at: Self.now) }
        #expect(Set(ids).count == 100)
        for id in ids {
            #expect(OrderID(id)?.description == id)
            #expect(id.hasPrefix("019b470e-a608-7"))
            let variant = id.split(separator: "-")[3].first
            #expect(variant.map { "89ab".contains($0) } == true)
            #expect(RequestID.time(of: id) == Self.now)
        }
    }

    @Test("A valid id of the caller is used as it is", arguments: ["a", "A-z_0.9", String(repeating: "x", count: 128)])
    func accepted(id: String) {
        #expect(RequestID.isValid(id))
        #expect(RequestID.accepting(id, at: Self.now) == id)
    }

    @Test("Any other is replaced", arguments: ["", "a b", "ä", "a\n", "a/b", String(repeating: "x", count: 129)])
    func replaced(id: String) {
        #expect(!RequestID.isValid(id))
        #expect(RequestID.time(of: RequestID.accepting(id, at: Self.now)) == Self.now)
    }

    @Test(
        "Other ids contain no time",
        arguments: ["mine", "fd44a635-6d0c-47fa-8343-e0d604d46992", "019b470e-a608-1c4e-9b32-5d1f0c6a8e24", ""])
    func timeless(id: String) {
        #expect(RequestID.time(of: id) == nil)
    }
}
