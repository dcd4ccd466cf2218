import Testing

@testable import DeveloperHub

@Suite("Searching the documentation")
struct SearchIndexTests {
    private static let index = SearchIndex([
        SearchIndex.Entry(title: "Webhooks", url: "/a", section: "Guide", text: "We send a signed request."),
        SearchIndex.Entry(
            title: "Orders", url: "/b", section: "Guide", text: "An order has webhook_urls and days_supply."),
        SearchIndex.Entry(title: "Ping", url: "/c", section: "Reference", text: "Whether the API is up."),
    ])

    @Test(
        "Every word must be found, whole or as a beginning; titles come first",
        arguments: [
            ("webhook", ["/a", "/b"]), ("WEBHOOK signed", ["/a"]), ("days_supply", ["/b"]), ("supply", ["/b"]),
            ("order days", ["/b"]), ("nothing", []), ("webhook nothing", []), ("", []), ("?!", []),
        ])
    func results(query: String, urls: [String]) {
        #expect(SearchIndexTests.index.results(query).map(\.entry.url) == urls)
    }

    @Test("The excerpt marks what was found, and loses nothing of a short text")
    func excerpt() throws {
        let excerpt = try #require(SearchIndexTests.index.results("signed").first).excerpt
        #expect(excerpt.map(\.text).joined() == "We send a signed request.")
        #expect(excerpt.filter(\.isMatch).map(\.text) == ["signed"])
    }

    @Test("A long query is cut off", arguments: [100, 10_000])
    func longQuery(count: Int) {
        #expect(SearchIndexTests.index.results(String(repeating: "webhook ", count: count)).count == 2)
    }
}
