import HTTPTypes
package import PharmacyDomain

/// The OpenAPI 3.1 document, rendered from the endpoints that the router serves.
package struct OpenAPIDocument: Sendable {
    /// What is described.
    package let endpoints: [Endpoint]
    /// Where the service is reached, without a slash at the end.
    package let publicURL: String
    /// `info.version`.
    package let version: String

    /// A document of all endpoints unless others are given.
    package init(
        endpoints: [Endpoint] = PartnerAPIRouter.endpoints, publicURL: String,
        version: String = PartnerAPIRouter.version
    ) {
        self.endpoints = endpoints
        self.publicURL = publicURL
        self.version = version
    }

    /// The document, its members in the order that people read them in.
    package var json: JSON {
        [
            "openapi": "3.1.0",
            "info": info,
            "servers": servers,
            "tags": tags,
            "paths": paths,
            "webhooks": OpenAPIWebhooks.references,
            "components": components,
        ]
    }

    /// Title, version and introduction.
    private var info: JSON {
        [
            "title": "United Pharmacy Partner API",
            "version": .string(version),
            "summary": "Patients, pharmacies, medications with real-time prices, and prescription orders.",
            "description": .string(OpenAPIDocument.introduction),
        ]
    }

    /// This server, and the template of production.
    private var servers: JSON {
        [
            ["url": .string(publicURL), "description": "This server. Its sandbox is the tenant `sandbox`."],
            ["url": "https://api.yourcompany.com", "description": "Production."],
        ]
    }

    /// The sections of the operations, and that of the webhooks.
    private var tags: JSON {
        let sections = Operation.Tag.allCases.map { ($0.rawValue, $0.description) }
        return .array(
            (sections + [(OpenAPIWebhooks.tag, OpenAPIWebhooks.tagDescription)]).map { name, description in
                ["name": .string(name), "description": .string(description)]
            })
    }

    /// Every operation by path and method.
    private var paths: JSON {
        var items: [JSON.Member] = []
        for endpoint in endpoints {
            let operation = JSON.Member(
                endpoint.operation.method.rawValue.lowercased(), OperationObject(endpoint).json)
            if let index = items.firstIndex(where: { $0.name == endpoint.fullPath }) {
                items[index].value = .object((items[index].value.members ?? []) + [operation])
            } else {
                items.append(JSON.Member(endpoint.fullPath, .object([operation])))
            }
        }
        return .object(items)
    }

    /// The responses with errors of all operations, each once.
    private var errorResponses: [ErrorResponse] {
        var responses: [ErrorResponse] = []
        for response in endpoints.flatMap({ OperationObject($0).errorResponses })
        where !responses.contains(response) {
            responses.append(response)
        }
        return responses.sorted { ($0.status.code, $0.name) < ($1.status.code, $1.name) }
    }

    /// What the operations refer to.
    private var components: JSON {
        [
            "schemas": .object(CommonSchemas.all.map { JSON.Member($0.name, $0.schema.json) }),
            "parameters": .object(
                OpenAPIDocument.commonParameters.map { JSON.Member($0.component, $0.parameter.json) }),
            "responses": .object(errorResponses.map { JSON.Member($0.name, $0.json) }),
            "headers": .object(ResponseHeader.allCases.map { JSON.Member($0.rawValue, $0.json) }),
            "pathItems": OpenAPIWebhooks.pathItems,
            "securitySchemes": [
                "bearerAuth": [
                    "type": "http", "scheme": "bearer", "bearerFormat": "JWT",
                    "description": "The access token of auth/token or auth/refresh, good for 30 days.",
                ],
                "setupToken": [
                    "type": "http", "scheme": "bearer",
                    "description": "The setup token (`up_setup_…`) that makes the first credentials.",
                ],
                "clientBasic": [
                    "type": "http", "scheme": "basic", "description": "The client id and the client secret (RFC 6749).",
                ],
            ],
        ]
    }

    /// The parameters that every operation has.
    static let commonParameters: [(component: String, parameter: Operation.Parameter)] = [
        (
            "Tenant",
            Operation.Parameter(
                name: "tenant", location: .path, schema: .string(pattern: TextPattern.whole(TextPattern.tenant)),
                description: "Your tenant's name; `sandbox` for the sandbox.", example: "sandbox")
        ),
        (
            "RequestId",
            Operation.Parameter(
                name: "X-Request-Id", location: .header, schema: .string(),
                description: """
                    An id of your own for the request: 1 to 128 of `A`–`Z`, `a`–`z`, `0`–`9`, `.`, `_` and `-`. Anything \
                    else is ignored, and a new id is made.
                    """,
                example: "0f8fad5b-d9cb-469f-a165-70867728950e")
        ),
    ]

    /// What holds for all operations, in Markdown.
    private static let introduction = """
        Integrate pharmacy services into your application: manage patients, browse medications with real-time prices, \
        submit prescription orders, and receive their status by webhook.

        **Conventions.** JSON in UTF-8. Times are ISO 8601 in UTC with an offset, money is a decimal string with two \
        places, identifiers are lower-case UUIDs. One thing is `{"data": {…}}`, a list is `{"data": […], "pagination": \
        {…}}`. Unknown members and query parameters are ignored; a member of the wrong type is a 422 that names it. \
        Bodies are at most 1 MiB; those of requests for credentials and tokens at most 16 KiB. Text is normalized (Unicode \
        NFC) and trimmed, then measured in characters as people count them; `maxLength` counts code points, of which a \
        character may have several, and is the stricter. Searches and duplicates do not mind case, the width of letters, \
        and the form of apostrophes, hyphens and spaces.

        **Errors.** Every error has `message`, `code`, `request_id` and `doc_url`; a 422 also has `errors`, with every \
        member that is wrong. A method that a path does not answer gets 405 with `Allow`.

        **Rate limiting.** All endpoints are limited, by default to 600 requests a minute for each credential, and to \
        30 a minute for each client address on the token endpoints. Every answer tells what is left; a 429 says in \
        `Retry-After` when to come back. Back off exponentially.

        **Sandbox.** The tenant `sandbox` is a transient environment; its data is wiped periodically, and \
        `X-Sandbox-Resets-At` says when next.
        """
}

extension Operation.Parameter {
    /// The parameter as it stands in the document.
    package var json: JSON {
        var members = [
            JSON.Member("name", .string(name)),
            JSON.Member("in", .string(location.rawValue)),
            JSON.Member("required", .bool(location == .path)),
            JSON.Member("description", .string(description)),
            JSON.Member("schema", schema.json),
        ]
        if let example { members.append(JSON.Member("example", example)) }
        return .object(members)
    }
}
