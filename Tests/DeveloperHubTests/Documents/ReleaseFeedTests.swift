import Testing

@testable import DeveloperHub

@Suite("The feed of release notes")
struct ReleaseFeedTests {
    @Test("Each release is an entry with a link to its section")
    func entries() throws {
        let guide = try Guide(HubFiles(), GuideTests.facts)
        let feed = try ReleaseFeed(guide: guide, origin: "https://api.example.com").text()
        for version in ["1-1-0", "1-0-0"] {
            #expect(feed.contains("<id>https://api.example.com/docs/release-notes#v\(version)</id>"))
        }
        #expect(
            feed.matches(of: /<entry>/).count == feed.matches(of: /<updated>\d{4}-\d\d-\d\dT00:00:00Z<\/updated>/).count
                - 1)
    }
}
