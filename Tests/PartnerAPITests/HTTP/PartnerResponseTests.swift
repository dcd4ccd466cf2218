import HTTPTypes
import PartnerAPI
import PharmacyDomain
import PharmacyServices
import Testing

@Suite("Responses")
struct PartnerResponseTests {
    private func json(_ response: PartnerResponse) throws -> JSON { try JSON.parse(try #require(response.body)) }

    @Test("A stored representation is the value of data, byte for byte")
    func data() throws {
        let document = Representation(version: 1, id: "x", bytes: Array("{ \"uuid\" : 1.50 }".utf8))
        let response = PartnerResponse.data(document)
        #expect(response.body.map { String(decoding: $0, as: UTF8.self) } == "{\"data\":{ \"uuid\" : 1.50 }}")
        #expect(response.status == .ok)
        #expect(response.headers[.contentType] == "application/json; charset=utf-8")
    }

    @Test("A response can have members besides data")
    func additionalMembers() throws {
        let response = PartnerResponse.data(["a": 1], adding: [JSON.Member("possible_duplicates", ["x"])])
        #expect(try json(response) == ["data": ["a": 1], "possible_duplicates": ["x"]])
    }

    @Test("A page has its items and its pagination", arguments: [0, 1, 3])
    func page(count: Int) throws {
        let items = (0..<count).map { ["n": JSON($0)] as JSON }
        let page = Page(items: items, request: PageRequest(page: 2, perPage: 15), total: 31)
        let json = try json(.page(page, adding: [JSON.Member("stale", true)]))
        #expect(json["data"]?.elements?.count == count)
        #expect(json["pagination"] == ["page": 2, "per_page": 15, "total": 31, "total_pages": 3])
        #expect(json["stale"] == true)
    }

    @Test("A list with cursors has next_cursor, and no totals on pages requested by cursor")
    func cursors() throws {
        let cursor = try #require(ListCursor(CommonSchemas.exampleCursor))
        let first = Page(
            items: [JSON](), request: PageRequest(page: 2, perPage: 15), total: 31, next: .after(cursor))
        #expect(
            first.pagination == [
                "page": 2, "per_page": 15, "total": 31, "total_pages": 3, "next_cursor": .string("\(cursor)"),
            ])
        let last = Page(items: [JSON](), request: PageRequest(after: cursor, perPage: 7), total: nil, next: .end)
        #expect(last.pagination == ["per_page": 7, "next_cursor": nil])
    }

    @Test("A new resource has a Location, and a replay is marked")
    func created() {
        let response = PartnerResponse.data(["a": 1]).created(at: "/x/1").replayed(true)
        #expect(response.status == .created)
        #expect(response.headers[.location] == "/x/1")
        #expect(response.headers[.idempotentReplayed] == "true")
        #expect(PartnerResponse.data(["a": 1]).replayed(false).headers[.idempotentReplayed] == nil)
    }

    @Test("A 204 has no body")
    func noContent() {
        #expect(PartnerResponse.noContent.status == .noContent)
        #expect(PartnerResponse.noContent.body == nil)
    }
}
