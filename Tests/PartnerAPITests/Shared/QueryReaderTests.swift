import PartnerAPI
import PharmacyDomain
import Testing

@Suite("Queries")
struct QueryReaderTests {
    @Test(
        "Pages have defaults and limits",
        arguments: [
            (nil, 1, 15), ("", 1, 15), ("page=3", 3, 15), ("per_page=100&page=2", 2, 100), ("page=2.0", 2, 15),
            ("unknown=%ZZ&page=4", 4, 15), ("page=1000000000", 1_000_000_000, 15), ("%70age=7", 7, 15),
        ] as [(String?, Int, Int)])
    func pages(query: String?, page: Int, perPage: Int) throws {
        var reader = QueryReader(query)
        let value = reader.page()
        #expect(value == PageRequest(page: page, perPage: perPage))
        try reader.finish()
    }

    @Test(
        "What is no page is refused",
        arguments: [
            "page=0", "page=-1", "page=x", "page=", "page", "page=1.5", "page=1e3", "page=1000000001", "page=%20",
            "page=+5",
            "page=99999999999999999999999", "page=1&page=2", "page=%ZZ", "page=%FF", "page=%00",
        ])
    func badPages(query: String) {
        var reader = QueryReader(query)
        _ = reader.page()
        #expect(reader.problems.fields.map(\.name) == ["page"])
    }

    @Test("Pages of a fixed size have no per_page")
    func fixedPages() throws {
        var reader = QueryReader("page=2&per_page=x")
        let value = reader.page(fixedPerPage: 25)
        #expect(value == PageRequest(page: 2, perPage: 25))
        try reader.finish()
    }

    @Test("All problems are told at once")
    func allProblems() {
        var reader = QueryReader("page=0&per_page=101&updated_since=yesterday&status=lost")
        _ = reader.page()
        _ = reader.timestamp("updated_since")
        let status: OrderStatus? = reader.choice("status")
        #expect(status == nil)
        #expect(reader.problems.fields.map(\.name) == ["page", "per_page", "updated_since", "status"])
        #expect(throws: Problems.self) { try reader.finish() }
    }

    @Test(
        "Texts are decoded and trimmed",
        arguments: [
            ("email=a%2Bb%40c.example", "a+b@c.example"), ("email=a+b", "a b"), ("email=%20x%20", "x"),
            ("email=M%C3%BCller", "Müller"), ("email=50%25", "50%"), ("email=a=b", "a=b"),
            ("email=", nil), ("email", nil), ("email=%20", nil), ("other=1", nil), (nil, nil),
        ] as [(String?, String?)])
    func texts(query: String?, text: String?) throws {
        var reader = QueryReader(query)
        let value = reader.text("email", maximum: 80)
        #expect(value == text)
        try reader.finish()
    }

    @Test(
        "Texts that cannot be decoded, are too long or hold control characters are refused",
        arguments: [
            "email=%", "email=%4", "email=%GG", "email=%FF%FE", "email=a%00b", "email=a%07b", "email=a%0Ab",
            "email=a&email=b", "email=" + String(repeating: "x", count: 81),
        ])
    func badTexts(query: String) {
        var reader = QueryReader(query)
        let value = reader.text("email", maximum: 80)
        #expect(value == nil)
        #expect(reader.problems.fields.map(\.name) == ["email"])
    }

    @Test("Eighty characters are counted, not bytes")
    func characters() throws {
        var reader = QueryReader("email=" + String(repeating: "%C3%BC", count: 80))
        let value = reader.text("email", maximum: 80)
        #expect(value?.unicodeScalars.count == 80)
        try reader.finish()
    }

    @Test(
        "Switches are true or false",
        arguments: [
            ("f=true", true), ("f=1", true), ("f=false", false), ("f=0", false), ("", false),
        ])
    func flags(query: String, value: Bool) throws {
        var reader = QueryReader(query)
        let flag = reader.flag("f")
        #expect(flag == value)
        try reader.finish()
    }

    @Test("Anything else is no switch", arguments: ["f=", "f=yes", "f=TRUE", "f=2", "f"])
    func badFlags(query: String) {
        var reader = QueryReader(query)
        let value = reader.flag("f")
        #expect(!value)
        #expect(reader.problems["f"] == ["f must be true or false."])
    }

    @Test(
        "An offset's plus may come unencoded",
        arguments: [
            "t=2025-12-22T17:15:01+00:00", "t=2025-12-22T17:15:01%2B00:00", "t=2025-12-22T17:15:01%2b00%3A00",
            "t=2025-12-22T17:15:01%2000:00", "t=2025-12-22T17:15:01Z", "t=2025-12-22T18:15:01+01:00",
            "t=2025-12-22T17:15:01.000Z", "t=2025-12-22T12:15:01-05:00",
        ])
    func timestamps(query: String) throws {
        var reader = QueryReader(query)
        let value = reader.timestamp("t")
        #expect(value == Timestamp(milliseconds: 1_766_423_701_000))
        try reader.finish()
    }

    @Test(
        "A time needs a day, a time and an offset",
        arguments: [
            "t=", "t=2025-12-22", "t=2025-12-22T17:15:01", "t=1766423701", "t=2025-13-01T00:00:00Z", "t=now",
            "t=2025-02-30T00:00:00Z", "t=2025-01-01T24:00:00Z", "t=2025-01-01T00:60:00Z", "t=2025-01-01T00:00:00Zx",
            "t=2025-01-01T00:00:00z", "t=2025-1-1T0:0:0Z", "t=2025-01-01T00:00:00.Z", "t=2025-01-01T00:00:00%2B24:00",
            "t=2025-01-01T00:00:00.0123456789Z", "t=2025-01-01t00:00:00Z", "t=2025-01-01T00:00:00%2B0000",
        ])
    func badTimestamps(query: String) {
        var reader = QueryReader(query)
        let value = reader.timestamp("t")
        #expect(value == nil)
        #expect(reader.problems.fields.map(\.name) == ["t"])
    }

    @Test("Identifiers are UUIDs in either case")
    func identifiers() throws {
        var reader = QueryReader("a=FD44A635-6D0C-47FA-8343-E0D604D46992&b=7")
        let order: OrderID? = reader.identifier("a")
        let other: OrderID? = reader.identifier("b")
        #expect(order?.description == "fd44a635-6d0c-47fa-8343-e0d604d46992")
        #expect(other == nil)
        #expect(reader.problems["b"] == ["b must be a uuid."])
    }
}
