internal import PharmacyDomain

/// The release notes as an Atom feed (RFC 4287).
struct ReleaseFeed {
    let guide: Guide
    let origin: String

    /// The page of the guide that the feed is made from.
    private static let slug = "release-notes"

    /// The date of the releases that are older than the feed: they were published with it.
    fileprivate static let begun = "2026-11-26"

    /// - Throws: `HubError.page` if there are no release notes.
    func text() throws -> String {
        guard let page = guide.pages.first(where: { $0.slug == ReleaseFeed.slug }) else {
            throw HubError.page(ReleaseFeed.slug, "it does not exist")
        }
        let releases = page.releases
        let entries = releases.map { release in
            """
            <entry>
            <id>\(origin)\(page.path)#\(release.id)</id>
            <title>\(HTML.escape(release.title))</title>
            <link rel="alternate" href="\(origin)\(page.path)#\(release.id)"/>
            <updated>\(release.date)T00:00:00Z</updated>
            <content type="html">\(HTML.escape(release.html))</content>
            </entry>
            """
        }
        return """
            <?xml version="1.0" encoding="utf-8"?>
            <feed xmlns="http://www.w3.org/2005/Atom">
            <id>\(origin)\(page.path)</id>
            <title>Release notes of the United Pharmacy Partner API</title>
            <link rel="self" href="\(origin)\(ReleaseFeed.path)"/>
            <link rel="alternate" href="\(origin)\(page.path)"/>
            <author><name>United Pharmacy</name></author>
            <updated>\(releases.first?.date ?? ReleaseFeed.begun)T00:00:00Z</updated>
            \(entries.joined(separator: "\n"))
            </feed>

            """
    }

    static let path = "/docs/release-notes.atom"
}

extension GuidePage {
    fileprivate struct Release {
        let title: String
        let id: String
        /// `YYYY-MM-DD`.
        let date: String
        var html: String
    }

    /// The sections of the page. If the first paragraph of one is a date, the release was published then.
    fileprivate var releases: [Release] {
        var releases: [Release] = []
        for (index, block) in blocks.enumerated() {
            if case .heading(2, let title, let id) = block {
                var date = ReleaseFeed.begun
                if index + 1 < blocks.count, case .paragraph(let text) = blocks[index + 1],
                    CalendarDate(text) != nil
                {
                    date = text
                }
                releases.append(Release(title: title, id: id, date: date, html: ""))
            } else if case .list(let items, _) = block, !releases.isEmpty {
                let content = items.map { "<li>\(InlineMarkdown.html($0.text))</li>" }.joined()
                releases[releases.count - 1].html += "<ul>\(content)</ul>"
            }
        }
        return releases
    }
}
