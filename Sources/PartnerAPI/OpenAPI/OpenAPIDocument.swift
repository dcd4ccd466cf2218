import HTTPTypes
package import PharmacyDomain

/// The OpenAPI 3.1 document, rendered from the operations that the router serves.
package struct OpenAPIDocument: Sendable {
    let operations: [Operation]
    /// The schemas that operations refer to.
    let schemas: [(name: String, schema: Schema)]
    /// The requests that the server sends to partners.
    let webhooks: OpenAPIWebhooks
    /// The URL of the service, without a trailing slash.
    let publicURL: String
    /// `info.version`.
    let version: String

    /// The document.
    package var json: JSON {
        [
            "openapi": "3.1.0",
            "info": info,
            "servers": servers,
            "tags": tags,
            "paths": paths,
            "webhooks": webhooks.references,
            "components": components,
        ]
    }

    private var info: JSON {
        [
            "title": "United Pharmacy Partner API",
            "version": .string(version),
            "summary": "Patients, pharmacies, medications with real-time prices, and prescription orders.",
            "description": .string(OpenAPIDocument.introduction),
        ]
    }

    /// The URL of production in examples (guide, Sandbox Environment).
    package static let productionURL = "https://api.yourcompany.com"

    /// This server, and the example URL of production.
    private var servers: JSON {
        [
            ["url": .string(publicURL), "description": "This server. Its sandbox is the tenant `sandbox`."],
            ["url": .string(OpenAPIDocument.productionURL), "description": "Production."],
        ]
    }

    /// The sections of the operations and of the webhooks.
    private var tags: JSON {
        let sections = Operation.Tag.allCases.map { ($0.rawValue, $0.description) }
        return .array(
            (sections + [(webhooks.tag, webhooks.tagDescription)]).map { name, description in
                ["name": .string(name), "description": .string(description)]
            })
    }

    /// The base URL of the sandbox.
    private var sandboxURL: String { "\(publicURL)/pharmacy/\(Tenant.builtInSandboxName)/api/v1" }

    private var paths: JSON {
        var items: [JSON.Member] = []
        for operation in operations {
            let object = JSON.Member(
                operation.method.rawValue.lowercased(), OperationObject(operation, base: sandboxURL).json)
            if let index = items.firstIndex(where: { $0.name == operation.fullPath }) {
                items[index].value = .object((items[index].value.members ?? []) + [object])
            } else {
                items.append(JSON.Member(operation.fullPath, .object([object])))
            }
        }
        return .object(items)
    }

    /// The error responses of all operations, without duplicates.
    private var errorResponses: [ErrorResponse] {
        var responses: [ErrorResponse] = []
        for response in operations.flatMap({ OperationObject($0).errorResponses })
        where !responses.contains(response) {
            responses.append(response)
        }
        return responses.sorted { ($0.status.code, $0.name) < ($1.status.code, $1.name) }
    }

    /// The component of the response without content to a client that has it.
    static let notModified = "not_modified"

    private var notModifiedResponse: JSON {
        [
            "description": "The content is still that of the `ETag` in `If-None-Match`. There is no body.",
            "headers": ResponseHeader.references(ResponseHeader.common + ResponseHeader.revalidation),
        ]
    }

    /// The header fields of all responses. Those of deprecated operations are among them only if there are some.
    private var headers: [ResponseHeader] {
        let hasDeprecated = operations.contains { $0.deprecation != nil }
        return ResponseHeader.allCases.filter { hasDeprecated || !ResponseHeader.announcement.contains($0) }
    }

    /// The components that the operations refer to.
    private var components: JSON {
        [
            "schemas": .object(schemas.map { JSON.Member($0.name, $0.schema.json) }),
            "parameters": .object(
                OpenAPIDocument.commonParameters.map { JSON.Member($0.component, $0.parameter.json) }),
            "responses": .object(
                [JSON.Member(OpenAPIDocument.notModified, notModifiedResponse)]
                    + errorResponses.map { JSON.Member($0.name, $0.json) }),
            "headers": .object(headers.map { JSON.Member($0.rawValue, $0.json) }),
            "pathItems": webhooks.pathItems,
            "securitySchemes": [
                "bearerAuth": [
                    "type": "http", "scheme": "bearer", "bearerFormat": "JWT",
                    "description": .string(OpenAPIDocument.bearerDescription),
                ],
                "setupToken": [
                    "type": "http", "scheme": "bearer",
                    "description": "The setup token (`up_setup_…`) that creates the first credential.",
                ],
                "clientBasic": [
                    "type": "http", "scheme": "basic", "description": "The client id and the client secret (RFC 6749).",
                ],
            ],
        ]
    }

    private static let bearerDescription = """
        The access token from auth/token or auth/refresh, valid for 30 days. OAuth 2.0 clients find the metadata of \
        the authorization server (RFC 8414) at `\(AuthorizationServerMetadata.path)`.
        """

    /// The parameters that every operation has.
    static let commonParameters: [(component: String, parameter: Operation.Parameter)] = [
        (
            "Tenant",
            Operation.Parameter(
                name: "tenant", location: .path, schema: .string(pattern: "^[a-z0-9]([a-z0-9-]{0,38}[a-z0-9])?$"),
                description: "Your tenant's name; `sandbox` for the sandbox.", example: "sandbox")
        ),
        (
            "RequestId",
            Operation.Parameter(
                name: "X-Request-Id", location: .header, schema: .string(),
                description: """
                    An id of your own for the request: 1 to 128 of `A`–`Z`, `a`–`z`, `0`–`9`, `.`, `_` and `-`. Any \
                    other value is ignored, and the server assigns an id.
                    """,
                example: "0f8fad5b-d9cb-469f-a165-70867728950e")
        ),
    ]

    /// The rules of all operations, in Markdown.
    private static let introduction = """
        Integrate pharmacy services into your application: manage patients, browse medications with real-time prices, \
        submit prescription orders, and receive their status by webhook.

        **Conventions.** JSON in UTF-8. Times are ISO 8601 in UTC with an offset, money is a decimal string with two \
        places, identifiers are lower-case UUIDs. A single resource is `{"data": {…}}`, a list is `{"data": […], \
        "pagination": {…}}`. Unknown members of a body are ignored; unknown query parameters and members of the wrong \
        type get a 422 that names them. Bodies are limited to 1 MiB, and those of requests for credentials and tokens \
        to 16 KiB. Text is normalized (Unicode NFC) and trimmed, then its length is counted in user-perceived \
        characters. `maxLength` counts code points, of which one character may have several, so it is the stricter \
        limit. Searches and duplicate checks ignore case, the width of letters, and the variants of apostrophes, \
        hyphens and spaces.

        **Errors.** Every error has `message`, `code`, `request_id` and `doc_url`; a 422 also has `errors`, which \
        lists every invalid member. A method that a path does not support gets 405 with `Allow`.

        **Rate limiting.** All endpoints are limited, by default to 600 requests per minute for each credential, and \
        to 30 per minute for each client address on the token endpoints. The `X-RateLimit` headers of every response \
        report how many requests are left. After a 429, wait for the seconds in `Retry-After`, and back off \
        exponentially if it happens again.

        **Deprecation.** Operations, parameters and members that will be removed are marked as `deprecated`. Every \
        response of a deprecated operation, and to a request with a deprecated parameter or member, has `Deprecation` \
        (RFC 9745), `Sunset` (RFC 8594) and a `Link` to what to use instead.

        **Sandbox.** The tenant `sandbox` is a transient environment; its data is wiped periodically, and \
        `X-Sandbox-Resets-At` has the time of the next wipe.
        """
}

extension Operation.Parameter {
    /// The parameter object of OpenAPI.
    package var json: JSON {
        var members = [
            JSON.Member("name", .string(name)),
            JSON.Member("in", .string(location.rawValue)),
            JSON.Member("required", .bool(location == .path)),
            JSON.Member("description", .string(description)),
            JSON.Member("schema", schema.json),
        ]
        if let deprecation { members += deprecation.members }
        if let example { members.append(JSON.Member("example", example)) }
        return .object(members)
    }
}
