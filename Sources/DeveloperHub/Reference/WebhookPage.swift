internal import PartnerAPI
internal import PharmacyDomain

/// The page of one webhook event.
struct WebhookPage: Sendable {
    let event: WebhookEventType

    /// The section of the index.
    static let groupID = "webhook-events"

    static func path(_ event: WebhookEventType) -> String { "\(Reference.root)/\(event.rawValue)" }

    func page(_ templates: HubTemplates, _ navigation: [HubPage.LinkGroup]) -> HubPage {
        let page = self
        return HubPage(
            path: WebhookPage.path(event), title: event.rawValue,
            description: "\(event.meaning). \(InlineMarkdown.plain(WebhookEvents.description(event)))",
            kind: .reference,
            body: { try templates.render("operation", try page.context(templates)) }, navigation: navigation)
    }

    private func context(_ templates: HubTemplates) throws -> [String: Any] {
        let payload = try templates.code(WebhookEvents.example(event).indented, language: "json")
        return [
            "method": "POST", "path": "your webhook URL", "summary": "\(event.rawValue): \(event.meaning)",
            "group": "Webhook events", "groupID": WebhookPage.groupID,
            "description": OperationContext.paragraphs(WebhookEvents.description(event)),
            "access": "Signed with your webhook secret", "hasScopes": false, "scopes": [String](),
            "isSandboxOnly": false, "isWebhook": true, "sample": payload, "hasParameters": true,
            "parameters": WebhookEvents.headers(event).map(OperationContext.parameter), "hasBody": true,
            "members": MemberRow.rows(of: WebhookEvents.payload(event)).map { $0.context(isRequest: false) },
            "hasResponses": true, "responses": responses, "hasErrors": false, "errors": [String](),
        ].merging(MemberRow.context(nil)) { own, _ in own }
    }

    private var responses: [[String: Any]] {
        [("2XX", "good", WebhookEvents.received), ("Anything else", "bad", WebhookEvents.notReceived)].map {
            [
                "status": $0, "tone": $1, "description": OperationContext.paragraphs($2), "headers": [String](),
                "hasHeaders": false, "members": [String](), "hasMembers": false, "example": "", "hasExample": false,
            ]
        }
    }
}
