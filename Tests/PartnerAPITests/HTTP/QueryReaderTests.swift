import PartnerAPI
import PharmacyDomain
import PharmacyServices
import Testing

@Suite("Queries")
struct QueryReaderTests {
    /// The parameters of a list with pages.
    private static let paged = ["page", "per_page"]

    @Test(
        "Pages have defaults and limits",
        arguments: [
            (nil, 1, 15), ("", 1, 15), ("page=3", 3, 15), ("per_page=100&page=2", 2, 100), ("page=2.0", 2, 15),
            ("page=1000000000", 1_000_000_000, 15), ("%70age=7", 7, 15),
        ] as [(String?, Int, Int)])
    func pages(query: String?, page: Int, perPage: Int) throws {
        var reader = QueryReader(query, declared: Self.paged)
        let value = reader.page()
        #expect(value == PageRequest(page: page, perPage: perPage))
        try reader.finish()
    }

    @Test(
        "Invalid pages are refused",
        arguments: [
            "page=0", "page=-1", "page=x", "page=", "page", "page=1.5", "page=1e3", "page=1000000001", "page=%20",
            "page=+5",
            "page=99999999999999999999999", "page=1&page=2", "page=%ZZ", "page=%FF", "page=%00",
        ])
    func badPages(query: String) {
        var reader = QueryReader(query, declared: Self.paged)
        _ = reader.page()
        #expect(reader.problems.fields.map(\.name) == ["page"])
    }

    @Test("A list can have a page size of its own", arguments: [("page=2", 25), ("page=2&per_page=100", 100)])
    func pageSize(query: String, perPage: Int) throws {
        var reader = QueryReader(query, declared: Self.paged)
        let value = reader.page(perPage: 25)
        #expect(value == PageRequest(page: 2, perPage: perPage))
        try reader.finish()
    }

    @Test("All errors are reported at once")
    func allProblems() {
        var reader = QueryReader(
            "page=0&per_page=101&updated_since=yesterday&status=lost&Email=a&order_id=",
            declared: Self.paged + ["updated_since", "status", "email", "order_id"])
        _ = reader.page()
        _ = reader.timestamp("updated_since")
        let status: OrderStatus? = reader.choice("status")
        #expect(status == nil)
        #expect(
            reader.problems.fields.map(\.name) == ["Email", "order_id", "page", "per_page", "updated_since", "status"])
        #expect(throws: ValidationErrors.self) { try reader.finish() }
    }

    @Test(
        "Texts are decoded and trimmed",
        arguments: [
            ("email=a%2Bb%40c.example", "a+b@c.example"), ("email=a+b", "a b"), ("email=%20x%20", "x"),
            ("email=M%C3%BCller", "Müller"), ("email=Mu%CC%88ller", "M\u{FC}ller"), ("email=50%25", "50%"),
            ("email=a=b", "a=b"), ("", nil), (nil, nil),
        ] as [(String?, String?)])
    func texts(query: String?, text: String?) throws {
        var reader = QueryReader(query, declared: ["email"])
        let value = reader.text("email", maximum: 80)
        #expect(value == text)
        try reader.finish()
    }

    @Test(
        "Texts that cannot be decoded, are too long or contain control characters are refused",
        arguments: [
            "email=%", "email=%4", "email=%GG", "email=%FF%FE", "email=a%00b", "email=a%07b", "email=a%0Ab",
            "email=a&email=b", "email=" + String(repeating: "x", count: 81),
        ])
    func badTexts(query: String) {
        var reader = QueryReader(query, declared: ["email"])
        let value = reader.text("email", maximum: 80)
        #expect(value == nil)
        #expect(reader.problems.fields.map(\.name) == ["email"])
    }

    @Test("Lengths are counted in characters, not bytes")
    func characters() throws {
        var reader = QueryReader("email=" + String(repeating: "%C3%BC", count: 80), declared: ["email"])
        let value = reader.text("email", maximum: 80)
        #expect(value?.unicodeScalars.count == 80)
        try reader.finish()
    }

    @Test(
        "Flags are true or false",
        arguments: [
            ("f=true", true), ("f=1", true), ("f=false", false), ("f=0", false), ("", false),
        ])
    func flags(query: String, value: Bool) throws {
        var reader = QueryReader(query, declared: ["f"])
        let flag = reader.flag("f")
        #expect(flag == value)
        try reader.finish()
    }

    @Test("Other values of a flag are refused", arguments: ["f=yes", "f=TRUE", "f=2", "f=truefalse"])
    func badFlags(query: String) {
        var reader = QueryReader(query, declared: ["f"])
        let value = reader.flag("f")
        #expect(!value)
        #expect(reader.problems["f"] == ["f must be true or false."])
    }

    @Test(
        "The plus of an offset may be unencoded",
        arguments: [
            "t=2025-12-22T17:15:01+00:00", "t=2025-12-22T17:15:01%2B00:00", "t=2025-12-22T17:15:01%2b00%3A00",
            "t=2025-12-22T17:15:01%2000:00", "t=2025-12-22T17:15:01Z", "t=2025-12-22T18:15:01+01:00",
            "t=2025-12-22T17:15:01.000Z", "t=2025-12-22T12:15:01-05:00",
        ])
    func timestamps(query: String) throws {
        var reader = QueryReader(query, declared: ["t"])
        let value = reader.timestamp("t")
        #expect(value == Timestamp(milliseconds: 1_766_423_701_000))
        try reader.finish()
    }

    @Test(
        "A timestamp without a date, a time or an offset is refused",
        arguments: [
            "t=", "t=2025-12-22", "t=2025-12-22T17:15:01", "t=1766423701", "t=2025-13-01T00:00:00Z", "t=now",
            "t=2025-02-30T00:00:00Z", "t=2025-01-01T24:00:00Z", "t=2025-01-01T00:60:00Z", "t=2025-01-01T00:00:00Zx",
            "t=2025-01-01T00:00:00z", "t=2025-1-1T0:0:0Z", "t=2025-01-01T00:00:00.Z", "t=2025-01-01T00:00:00%2B24:00",
            "t=2025-01-01T00:00:00.0123456789Z", "t=2025-01-01t00:00:00Z", "t=2025-01-01T00:00:00%2B0000",
        ])
    func badTimestamps(query: String) {
        var reader = QueryReader(query, declared: ["t"])
        let value = reader.timestamp("t")
        #expect(value == nil)
        #expect(reader.problems.fields.map(\.name) == ["t"])
    }

    @Test("Identifiers are UUIDs in upper or lower case")
    func identifiers() throws {
        var reader = QueryReader("a=FD44A635-6D0C-47FA-8343-E0D604D46992&b=7", declared: ["a", "b"])
        let order: OrderID? = reader.identifier("a")
        let other: OrderID? = reader.identifier("b")
        #expect(order?.description == "fd44a635-6d0c-47fa-8343-e0d604d46992")
        #expect(other == nil)
        #expect(reader.problems["b"] == ["b must be a UUID."])
    }

    @Test(
        "A parameter without a value is refused",
        arguments: [
            "email=", "email", "email=%20", "email=+", "email=%09%C2%A0", "email=%E3%80%80", "email&page=1",
            "email=%0A",
        ])
    func blank(query: String) {
        var reader = QueryReader(query, declared: ["email"] + Self.paged)
        let value = reader.text("email", maximum: 80)
        #expect(value == nil)
        #expect(reader.problems["email"] == ["email must not be empty. Leave it out instead."])
        #expect(reader.problems.fields.count == 1)
    }

    @Test(
        "An unknown parameter is refused, and the most similar name is suggested",
        arguments: [
            ("Email=a", "Email", "email"), ("emial=a", "emial", "email"), ("perPage=2", "perPage", "per_page"),
            ("per-page=2", "per-page", "per_page"), ("email%5B%5D=a", "email[]", "email"),
            ("updatedSince=x", "updatedSince", "updated_since"), ("since=x", "since", "updated_since"),
            ("%45mail=a&%45mail=b", "Email", "email"), ("email%20=a", "email ", "email"),
        ])
    func unknown(query: String, name: String, nearest: String) {
        let reader = QueryReader(query, declared: ["email", "updated_since"] + Self.paged)
        #expect(reader.problems[name] == ["Unknown query parameter. Did you mean `\(nearest)`?"])
        #expect(reader.problems.fields.count == 1)
    }

    @Test(
        "An unknown parameter without a similar name is refused with all names, and its own name is truncated",
        arguments: [
            ("utm_source=x", ["page"], "utm_source", "This endpoint accepts page."),
            ("a=1", [], "a", "This endpoint accepts none."),
            ("=1", ["page"], "query", "This endpoint accepts page."),
            (
                String(repeating: "page", count: 17), ["page"], String(repeating: "page", count: 16) + "…",
                "This endpoint accepts page."
            ),
        ] as [(String, [String], String, String)])
    func foreign(query: String, declared: [String], name: String, rest: String) {
        let reader = QueryReader(query, declared: declared)
        #expect(reader.problems.fields.map(\.name) == [name])
        #expect(reader.problems[name] == ["Unknown query parameter. " + rest])
    }

    @Test("A repeated parameter is refused and reported once", arguments: 2...4)
    func repeated(times: Int) {
        let query = (1...times).map { "email=\($0)" }.joined(separator: "&")
        var reader = QueryReader(query, declared: ["email"])
        let value = reader.text("email", maximum: 80)
        #expect(value == nil)
        #expect(reader.problems["email"] == ["email must appear only once."])
    }

    @Test("A name that cannot be decoded is refused", arguments: ["%ZZ=1", "%FF=1&page=2"])
    func unreadableName(query: String) {
        let reader = QueryReader(query, declared: Self.paged)
        #expect(reader.problems["query"] == ["Parameter names must be percent-encoded UTF-8."])
    }

    @Test(
        "The end of a range includes its whole second; with a fraction it is exact",
        arguments: [
            ("t=2025-12-22T17:15:01Z", 1_766_423_701_999), ("t=2025-12-22T17:15:01%2B00:00", 1_766_423_701_999),
            ("t=2025-12-22T17:15:01 00:00", 1_766_423_701_999), ("t=2025-12-22T17:15:01.0Z", 1_766_423_701_000),
            ("t=2025-12-22T17:15:01.25Z", 1_766_423_701_250), ("t=2025-12-22T17:15:01.999999Z", 1_766_423_701_999),
        ] as [(String, Int64)])
    func upperBounds(query: String, milliseconds: Int64) throws {
        var reader = QueryReader(query, declared: ["t"])
        let value = reader.upperBound("t")
        #expect(value == Timestamp(milliseconds: milliseconds))
        try reader.finish()
    }

    @Test("A list is read by page or by cursor, but not by both")
    func cursors() throws {
        let cursor = CommonSchemas.exampleCursor
        let declared = Self.paged + ["cursor"]
        var reader = QueryReader("cursor=\(cursor)&per_page=7", declared: declared)
        let page = reader.listPage()
        #expect(page.cursor?.description == cursor && page.perPage == 7 && page.offset == 0)
        try reader.finish()
        var both = QueryReader("cursor=\(cursor)&page=1", declared: declared)
        _ = both.listPage()
        #expect(
            both.problems["cursor"] == [
                "cursor cannot be combined with page. Leave page out to continue from a cursor."
            ])
        var numbered = QueryReader("page=3", declared: declared)
        let third = numbered.listPage()
        #expect(third == PageRequest(page: 3, perPage: 15))
    }

    @Test(
        "Texts that no list has returned are not valid cursors",
        arguments: [
            "x", String(CommonSchemas.exampleCursor.dropLast()), CommonSchemas.exampleCursor + "A",
            "q" + CommonSchemas.exampleCursor.dropFirst(), CommonSchemas.exampleCursor.dropLast() + "=",
            CommonSchemas.exampleCursor.dropLast() + "+", String(repeating: "A", count: 100_000),
            "ZjljMWQwYjRlN2EyNWY4MzYxMjg",
        ])
    func badCursors(cursor: String) {
        var reader = QueryReader("cursor=\(cursor)", declared: Self.paged + ["cursor"])
        let page = reader.listPage()
        #expect(page.cursor == nil)
        #expect(reader.problems["cursor"] == ["cursor must be a next_cursor of this list."])
    }
}
