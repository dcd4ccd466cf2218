/// The pages of the guide, in their order.
enum GuideTable {
    struct Group: Sendable {
        let title: String
        let slugs: [String]
    }

    static let groups = [
        Group(title: "Start", slugs: ["", "account-setup", "quick-start"]),
        Group(
            title: "Build",
            slugs: [
                "authentication", "patients", "pharmacies", "orders", "webhooks", "pagination", "batches",
                "idempotency", "caching", "rate-limiting", "errors",
            ]),
        Group(title: "Operate", slugs: ["sandbox", "going-live", "versioning", "release-notes", "help"]),
    ]

    /// The paths of all pages.
    static let paths = groups.flatMap(\.slugs).map(path)

    static func path(_ slug: String) -> String { slug.isEmpty ? "/docs" : "/docs/\(slug)" }

    /// The name of a page's file, without its ending.
    static func file(_ slug: String) -> String { slug.isEmpty ? "index" : slug }
}
