internal import HTTPTypes
internal import PartnerAPI
internal import PharmacyDomain

/// The reference: a page for each operation, and their index.
struct Reference: Sendable {
    static let root = "/docs/reference"

    /// The paths of all pages but the index.
    static let paths =
        PartnerAPIRouter.endpoints.map { path($0.operation) } + WebhookEventType.allCases.map(WebhookPage.path)

    private let operations = PartnerAPIRouter.endpoints.map(\.operation)
    private let base: String

    init(base: String) { self.base = base }

    private func operations(of tag: Operation.Tag) -> [Operation] { operations.filter { $0.tag == tag } }

    static func path(_ operation: Operation) -> String { "\(root)/\(operation.id)" }

    private var navigation: [HubPage.LinkGroup] {
        let groups = Operation.Tag.allCases.map { tag in
            HubPage.LinkGroup(
                title: tag.rawValue,
                links: operations(of: tag).map { operation in
                    HubPage.Link(
                        title: operation.summary, url: Reference.path(operation), method: operation.method.rawValue)
                })
        }
        let events = HubPage.LinkGroup(
            title: "Webhook events",
            links: WebhookEventType.allCases.map { HubPage.Link(title: $0.rawValue, url: WebhookPage.path($0)) })
        return groups + [events]
    }

    func pages(templates: HubTemplates, samples: HubSamples) -> [HubPage] {
        let navigation = navigation
        let links = navigation.flatMap(\.links)
        var pages = [index(templates, navigation)]
        pages += WebhookEventType.allCases.map { WebhookPage(event: $0).page(templates, navigation) }
        for operation in Operation.Tag.allCases.flatMap(operations(of:)) {
            let path = Reference.path(operation)
            let place = links.firstIndex { $0.url == path } ?? 0
            let body = { @Sendable in
                let sample = try samples.html(operation: operation.id, id: "request")
                return try templates.render("operation", OperationContext(operation).context(sample: sample))
            }
            pages.append(
                HubPage(
                    path: path, title: operation.summary, description: InlineMarkdown.plain(operation.description),
                    kind: .reference, body: body, navigation: navigation,
                    previous: place > 0 ? links[place - 1] : nil,
                    next: place + 1 < links.count ? links[place + 1] : nil))
        }
        return pages
    }

    private func index(_ templates: HubTemplates, _ navigation: [HubPage.LinkGroup]) -> HubPage {
        let reference = self
        return HubPage(
            path: Reference.root, title: "API reference", description: Reference.lead, kind: .reference,
            body: { try templates.render("reference-index", reference.indexContext) }, navigation: navigation)
    }

    private static let lead = "Every operation of the Partner API, with its members, limits, responses and errors."

    private var indexContext: [String: Any] {
        let groups = Operation.Tag.allCases.map { tag -> [String: Any] in
            [
                "name": tag.rawValue, "id": MarkdownParser.anchor(tag.rawValue),
                "description": InlineMarkdown.html(tag.description),
                "operations": operations(of: tag).map { operation in
                    [
                        "id": operation.id, "method": operation.method.rawValue, "path": "/\(operation.path)",
                        "summary": operation.summary, "url": Reference.path(operation),
                        "isDeprecated": operation.deprecation != nil,
                    ]
                },
            ]
        }
        let events: [String: Any] = [
            "name": "Webhook events", "id": WebhookPage.groupID,
            "description": "The requests that we send to your URLs, one for each change of an order.",
            "operations": WebhookEventType.allCases.map { event in
                [
                    "id": event.rawValue, "method": "POST", "path": event.rawValue, "summary": event.meaning,
                    "url": WebhookPage.path(event), "isDeprecated": false,
                ]
            },
        ]
        return ["lead": Reference.lead, "base": base, "groups": groups + [events]]
    }

    /// What the search finds: each operation, with the members of its body.
    var searchEntries: [SearchIndex.Entry] {
        let events = WebhookEventType.allCases.map { event in
            SearchIndex.Entry(
                title: event.rawValue, url: WebhookPage.path(event), section: "API reference · Webhook events",
                text: "\(event.meaning). \(InlineMarkdown.plain(WebhookEvents.description(event)))")
        }
        return events
            + operations.map { operation in
                let names =
                    operation.parameters.map(\.name)
                    + (operation.body.map { MemberRow.rows(of: $0.schema).map(\.name) } ?? [])
                return SearchIndex.Entry(
                    title: operation.summary, url: Reference.path(operation),
                    section: "API reference · \(operation.tag.rawValue)",
                    text: """
                        \(operation.method.rawValue) /\(operation.path). \
                        \(InlineMarkdown.plain(operation.description)) \
                        \(names.isEmpty ? "" : "Parameters and members: \(names.joined(separator: ", ")).")
                        """)
            }
    }
}
