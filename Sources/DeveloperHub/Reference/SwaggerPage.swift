internal import PartnerAPI
internal import PharmacyDomain

/// The page with Swagger UI, where requests can be sent to the sandbox. Swagger UI is installed by `Scripts/setup`; without
/// it the page says so.
struct SwaggerPage {
    let assets: HubAssets

    static let path = "/docs/swagger"
    static let documentPath = "/docs/swagger.json"

    func page(_ templates: HubTemplates) -> HubPage {
        let files = ["styles": "swagger-ui.css", "bundle": "swagger-ui-bundle.js", "theme": "swagger-theme.css"]
        let urls = files.merging(["initializer": "swagger.js"]) { first, _ in first }.compactMapValues(assets.url)
        return HubPage(
            path: SwaggerPage.path, title: "Swagger UI",
            description: "Send requests to the sandbox from the browser, operation by operation.", kind: .plain,
            body: {
                var context: [String: Any] = urls
                context["isInstalled"] = urls.count == 4
                return try templates.render("swagger", context)
            }, isSwagger: true)
    }

    /// The OpenAPI document whose first server is the one that sent the page, whatever its name is. Swagger UI fills in the
    /// examples of parameters and sends them, so only the required ones keep theirs: an order is no dry run, a list is not
    /// searched, and no two requests have the same idempotency key.
    static func document(origin: String) -> JSON {
        let document = OpenAPIDocument(publicURL: origin).json
        return .object(
            (document.members ?? []).map { member in
                guard member.name == "servers" else {
                    return JSON.Member(member.name, withoutOptionalExamples(member.value))
                }
                return JSON.Member("servers", [["url": "/", "description": "This server."]])
            })
    }

    private static func withoutOptionalExamples(_ json: JSON) -> JSON {
        switch json {
        case .array(let values):
            return .array(values.map(withoutOptionalExamples))
        case .object(let members):
            let isOptional = json["in"] != nil && json["required"] == .bool(false)
            return .object(
                members.filter { !(isOptional && $0.name == "example") }
                    .map { JSON.Member($0.name, withoutOptionalExamples($0.value)) })
        default:
            return json
        }
    }
}
