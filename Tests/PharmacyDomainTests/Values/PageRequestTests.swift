import PharmacyDomain
import Testing

@Suite("Pages and identifiers")
struct PageRequestTests {
    @Test(
        "A page knows the rows before it and how many pages there are",
        arguments: [
            (1, 25, 163, 0, 7), (7, 25, 163, 150, 7), (2, 15, 0, 15, 0), (1, 15, 1, 0, 1), (1, 15, 15, 0, 1),
            (1, 15, 16, 0, 2), (3, 100, 300, 200, 3),
        ])
    func pages(page: Int, perPage: Int, total: Int, offset: Int, totalPages: Int) {
        let request = PageRequest(page: page, perPage: perPage)
        #expect(request.offset == offset)
        #expect(Page<Int>(items: [], request: request, total: total).totalPages == totalPages)
    }

    @Test("The guide's numbers: 15 on a page unless asked for, at most 100; no page number overflows")
    func limits() {
        #expect(PageRequest.defaultPerPage == 15)
        #expect(PageRequest.maximumPerPage == 100)
        let last = PageRequest(page: PageRequest.maximumPage, perPage: PageRequest.maximumPerPage)
        #expect(last.offset == 99_999_999_900)
    }

    @Test("Mapping a page preserves its position and total")
    func mapping() {
        let page = Page(items: [1, 2], request: PageRequest(page: 2, perPage: 2), total: 5).map { "\($0)" }
        #expect(page.items == ["1", "2"])
        #expect(page.request == PageRequest(page: 2, perPage: 2))
        #expect(page.total == 5)
    }

    @Test("An identifier is read in either case and written in lower case")
    func identifiers() throws {
        let id = try #require(PatientID("135FEF3B-b4ac-485f-b9bf-E8BEEF4990C7"))
        #expect(id.description == "135fef3b-b4ac-485f-b9bf-e8beef4990c7")
        #expect(PatientID(id.description) == id)
    }

    @Test(
        "Only the 36 characters of a UUID are an identifier",
        arguments: [
            "", "x", "135fef3bb4ac485fb9bfe8beef4990c7", "{135fef3b-b4ac-485f-b9bf-e8beef4990c7}",
            "135fef3b-b4ac-485f-b9bf-e8beef4990c", "135fef3b-b4ac-485f-b9bf-e8beef4990c7 ",
            "135fef3b-b4ac-485f-b9bf-e8beef4990cg", "135fef3b_b4ac_485f_b9bf_e8beef4990c7",
            "135fef3bb-4ac-485f-b9bf-e8beef4990c7", "135fef3b-b4ac-485f-b9bf-e8beef4990é",
        ])
    func noIdentifiers(text: String) {
        #expect(PatientID(text) == nil)
    }

    @Test("A page after a cursor skips no rows and has no page count")
    func cursors() throws {
        let bytes = [ListCursor.format] + [UInt8](repeating: 7, count: ListCursor.length - 1)
        let cursor = try #require(ListCursor(bytes: bytes))
        let request = PageRequest(after: cursor, perPage: 20)
        #expect(request.offset == 0 && request.cursor == cursor)
        let page = Page(items: [1], request: request, total: nil, next: .after(cursor)).map { "\($0)" }
        #expect(page.total == nil && page.totalPages == nil && page.next == .after(cursor))
        #expect(ListCursor(bytes: bytes + [0]) == nil && ListCursor(bytes: Array(bytes.dropLast())) == nil)
        #expect(ListCursor(bytes: [0] + bytes.dropFirst()) == nil)
    }
}
