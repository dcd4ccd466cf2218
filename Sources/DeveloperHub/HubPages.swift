internal import HTTPTypes
internal import Mustache
internal import PartnerAPI

/// Renders the pages from the endpoints' declarations.
struct HubPages: Sendable {
    private let homeTemplate: MustacheTemplate
    private let referenceTemplate: MustacheTemplate
    private let errorsTemplate: MustacheTemplate

    init() throws {
        homeTemplate = try HubPages.template(title: "Developer Hub", HubPages.homeBody)
        referenceTemplate = try HubPages.template(title: "API reference", HubPages.referenceBody)
        errorsTemplate = try HubPages.template(title: "Errors", HubPages.errorsBody)
    }

    func home(origin: String) -> String {
        homeTemplate.render(["base": origin + "/pharmacy/sandbox/api/v1", "version": PartnerAPIRouter.version])
    }

    func reference() -> String {
        let groups: [[String: Any]] = Operation.Tag.allCases.map { tag in
            let endpoints = PartnerAPIRouter.endpoints.filter { $0.operation.tag == tag }
            return [
                "name": tag.rawValue,
                "description": tag.description,
                "endpoints": endpoints.map { endpoint in
                    [
                        "id": endpoint.operation.id, "method": endpoint.operation.method.rawValue,
                        "path": endpoint.operation.fullPath, "summary": endpoint.operation.summary,
                        "description": InlineMarkdown.html(endpoint.operation.description),
                    ]
                },
            ]
        }
        return referenceTemplate.render(["groups": groups])
    }

    func errors() -> String {
        let codes: [[String: String]] = APIErrorCode.allCases.map { code in
            [
                "code": code.rawValue, "status": String(code.status.code), "message": code.message,
                "explanation": InlineMarkdown.html(code.explanation),
            ]
        }
        return errorsTemplate.render(["codes": codes])
    }

    private static func template(title: String, _ body: String) throws -> MustacheTemplate {
        try MustacheTemplate(
            string: """
                <!doctype html>
                <html lang="en">
                <head>
                <meta charset="utf-8">
                <meta name="viewport" content="width=device-width, initial-scale=1">
                <title>\(title) – United Pharmacy</title>
                <link rel="stylesheet" href="/docs/hub.css">
                </head>
                <body>
                <header><a href="/">United Pharmacy</a>
                <nav><a href="/docs/reference">Reference</a> <a href="/docs/errors">Errors</a>
                <a href="/openapi.yaml">OpenAPI</a></nav></header>
                <main>
                <h1>\(title)</h1>
                \(body)
                </main>
                </body>
                </html>

                """)
    }

    private static let homeBody = """
        <p>Version {{version}} of the Partner API: patients, pharmacies with live prices, prescription orders, and
        webhooks for every change of an order.</p>
        <p>The sandbox is at <code>{{base}}</code>. The server prints its setup token on the terminal.</p>
        <ol>
        <li>Create credentials with the setup token: <code>POST auth/credentials</code></li>
        <li>Obtain an access token: <code>POST auth/token</code></li>
        <li>List the pharmacies: <code>GET pharmacies</code></li>
        <li>Browse a pharmacy's medications: <code>GET pharmacies/{pharmacy}/medications</code></li>
        <li>Create a patient: <code>POST patients</code></li>
        <li>Submit an order: <code>POST orders</code></li>
        </ol>
        <p><a href="/docs/reference">Every endpoint</a>, <a href="/docs/errors">every error</a>, and the
        <a href="/openapi.json">OpenAPI document</a> for your tools.</p>
        """

    private static let referenceBody = """
        <p>All schemas, examples and limits are in the <a href="/openapi.yaml">OpenAPI document</a>.</p>
        {{#groups}}
        <h2>{{name}}</h2>
        <p>{{description}}</p>
        {{#endpoints}}
        <section id="{{id}}">
        <h3><span class="method">{{method}}</span> <code>{{path}}</code></h3>
        <p><strong>{{summary}}</strong></p>
        <p>{{{description}}}</p>
        </section>
        {{/endpoints}}
        {{/groups}}
        """

    private static let errorsBody = """
        <p>Every error has a <code>code</code>, a <code>message</code> for people, and the <code>request_id</code> to
        quote when you ask for help.</p>
        {{#codes}}
        <section id="{{code}}">
        <h3><span class="method">{{status}}</span> <code>{{code}}</code></h3>
        <p><strong>{{message}}</strong></p>
        <p>{{{explanation}}}</p>
        </section>
        {{/codes}}
        """

    static let styleSheet = """
        :root { color-scheme: light dark; --ink: #1c2733; --paper: #fff; --line: #d8dee6; --accent: #0b6bcb; }
        @media (prefers-color-scheme: dark) {
          :root { --ink: #e4e9ef; --paper: #14191f; --line: #313b47; --accent: #6cb2ff; }
        }
        body { margin: 0; font: 16px/1.55 system-ui, sans-serif; color: var(--ink); background: var(--paper); }
        header { display: flex; flex-wrap: wrap; gap: 1rem 2rem; padding: 1rem 1.5rem; border-bottom: 1px solid var(--line); }
        header > a { font-weight: 600; }
        nav { display: flex; gap: 1.25rem; }
        main { max-width: 52rem; margin: 0 auto; padding: 1rem 1.5rem 4rem; }
        a { color: var(--accent); text-decoration: none; }
        a:hover { text-decoration: underline; }
        section { border-top: 1px solid var(--line); padding: .25rem 0 .5rem; }
        section:target { background: color-mix(in srgb, var(--accent) 10%, transparent); }
        h3 { font-size: 1rem; margin: .75rem 0 .25rem; overflow-wrap: anywhere; }
        p { margin: .35rem 0; }
        code { font: .92em ui-monospace, monospace; }
        .method { display: inline-block; min-width: 3.6rem; color: var(--accent); font-weight: 700; }

        """
}
