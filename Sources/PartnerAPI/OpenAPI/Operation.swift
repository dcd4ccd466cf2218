package import HTTPTypes
package import PharmacyDomain

/// The documentation of one endpoint.
package struct Operation: Sendable {
    /// The `operationId`. It identifies the operation in generated clients, metrics and logs.
    package let id: String
    package let method: HTTPRequest.Method
    /// The path after `basePath`, such as `patients/{uuid}`.
    package let path: String
    package let tag: Tag
    package let summary: String
    /// In Markdown.
    package let description: String
    /// The parameters in path, query and header, without those of every operation (tenant and request id).
    package let parameters: [Parameter]
    /// The names of the query parameters. Others are refused.
    package let queryParameters: [String]
    /// `nil` if a body is not read.
    package let body: OperationBody?
    /// The successful responses.
    package let responses: [Response]
    /// Errors besides those that follow from access, parameters and body, see `OperationObject.errorCodes`.
    package let errors: [APIErrorCode]
    /// The scopes that a caller needs: all scopes of any one set.
    package let scopes: [[CredentialScope]]
    /// Whether responses with a resource or a list are compressed for clients that accept it. Only for content without secrets and
    /// personal data: the length of a compressed response discloses what it has in common with text that an attacker can put
    /// next to it (the BREACH attack; ADR 0022).
    package let isCompressible: Bool
    /// Set if the whole operation is deprecated. Parameters and members have deprecations of their own.
    package let deprecation: Deprecation?
    /// Who may call.
    package internal(set) var access = Access.bearer
    /// Whether the operation exists in sandboxes only.
    package internal(set) var isSandboxOnly = false

    /// - Parameters:
    ///   - scopes: the required scopes, if they differ from the default of section and method.
    ///   - isCompressible: see the property. The default is safe for every content.
    package init(
        _ id: String, _ method: HTTPRequest.Method, _ path: String, tag: Tag, summary: String, description: String,
        parameters: [Parameter] = [], body: OperationBody? = nil, responses: [Response], errors: [APIErrorCode] = [],
        scopes: [CredentialScope]? = nil, isCompressible: Bool = false, deprecation: Deprecation? = nil
    ) {
        self.id = id
        self.method = method
        self.path = path
        self.tag = tag
        self.summary = summary
        self.description = description
        self.parameters = parameters
        self.queryParameters = parameters.filter { $0.location == .query }.map(\.name)
        self.body = body
        self.responses = responses
        self.errors = errors
        self.scopes = scopes.map { [$0] } ?? Operation.scopes(method, tag)
        self.isCompressible = isCompressible
        self.deprecation = deprecation
    }

    /// The response that examples show: to a request that creates something, the one with the new resource.
    package var shownResponse: Response? { responses.first { $0.status == .created } ?? responses.first }

    /// Who may call an operation.
    package enum Access: Hashable, Sendable {
        /// Anyone.
        case open
        /// A partner with an access token.
        case bearer
        /// A partner with a setup token or an access token.
        case setupTokenOrBearer
        /// A partner with client credentials or a token in the body. Errors have the members of RFC 6749 §5.2.
        case clientCredentials
    }

    /// The common prefix of all paths.
    package static let basePath = "/pharmacy/{tenant}/api/v1"
    /// The path with `basePath`, as in the document.
    package var fullPath: String { "\(Operation.basePath)/\(path)" }
    /// Whether errors have the additional members of RFC 6749 §5.2.
    package var isOAuth: Bool { access == .clientCredentials }

    /// Whether responses have an `ETag`, with which clients ask whether the content has changed: those with resources and lists.
    package var isRevalidated: Bool { method == .get && access == .bearer }

    /// The sections of the document, as in the guide.
    package enum Tag: String, CaseIterable, Sendable {
        case authentication = "Authentication"
        case patients = "Patients"
        case pharmacies = "Pharmacies"
        case orders = "Orders"
        case webhooks = "Webhooks"
        case requests = "Requests"
        case sandbox = "Sandbox"
        case status = "Status"

        package var description: String {
            switch self {
            case .authentication:
                """
                Credentials, access tokens (30 days) and refresh tokens (60 days, rotating). A tenant may have 20 \
                active credentials; rotate them every 90 days, and create new ones before revoking old ones.
                """
            case .patients: "The patients you are serving."
            case .pharmacies: "Pharmacies that orders can be routed to, and their medications with real-time prices."
            case .orders:
                """
                Prescription orders. They progress from pending through confirmed, processing and shipped to \
                delivered; cancelled, failed and refunded branch off.
                """
            case .webhooks:
                """
                Deliveries to your webhook URLs, redelivery, and the endpoints that you have registered. A failed \
                delivery is retried 3 times with 60 seconds between attempts. If something other than the status changes, such as a tracking number, the event has \
                the type of the previous one and a new `sequence`.
                """
            case .requests:
                """
                The log of your requests, to find out what became of one: metadata only, stored for a week unless the \
                operator has set another time.
                """
            case .sandbox: "Controls of the sandbox, a transient environment whose data is wiped periodically."
            case .status: "The availability of the API."
            }
        }
    }

    package struct Parameter: Sendable {
        package enum Location: String, Sendable {
            case path
            case query
            case header
        }

        package let name: String
        package let location: Location
        package let schema: Schema
        package let description: String
        package let example: JSON?
        /// Not for parameters in the path: without one of them, the operation is another.
        package private(set) var deprecation: Deprecation?

        /// The same parameter, deprecated.
        package func deprecated(_ deprecation: Deprecation) -> Parameter {
            var parameter = self
            parameter.deprecation = deprecation
            return parameter
        }

        /// A UUID in the path.
        package static func path(_ name: String, _ description: String, example: JSON) -> Parameter {
            Parameter(name: name, location: .path, schema: .uuid, description: description, example: example)
        }

        package static func query(
            _ name: String, _ schema: Schema, _ description: String, example: JSON? = nil
        ) -> Parameter {
            Parameter(name: name, location: .query, schema: schema, description: description, example: example)
        }
    }

    /// A successful response.
    package struct Response: Sendable {
        package let status: HTTPResponse.Status
        package let description: String
        /// `nil` for a response without a body.
        package let schema: Schema?
        package let example: JSON?
        /// Header fields besides those of every response.
        package let headers: [ResponseHeader]
        /// The operations that can be called next with a member of the response.
        package let links: [Link]

        package init(
            _ status: HTTPResponse.Status, _ description: String, schema: Schema? = nil, example: JSON? = nil,
            headers: [ResponseHeader] = [], links: [Link] = []
        ) {
            self.status = status
            self.description = description
            self.schema = schema
            self.example = example
            self.headers = headers
            self.links = links
        }
    }

    /// Another operation that takes a member of this response as a parameter (the Link object of OpenAPI).
    package struct Link: Sendable {
        package let operationID: String
        package let parameter: String
        /// A JSON pointer to the member in the response's body (RFC 6901).
        package let pointer: String

        package init(_ operationID: String, _ parameter: String, from pointer: String) {
            self.operationID = operationID
            self.parameter = parameter
            self.pointer = pointer
        }
    }
}

// MARK: - Parameters of several operations

extension Operation.Parameter {
    package static let page = query(
        "page", .integer(1, PageRequest.maximumPage).defaulting(to: 1),
        "The page number, from 1. A page after the last is an empty list.", example: 1)
    package static let perPage = query(
        "per_page", .integer(1, PageRequest.maximumPerPage).defaulting(to: JSON(PageRequest.defaultPerPage)),
        "Items on each page, at most 100; the default is 15.", example: 15)
    package static let cursor = query(
        "cursor", .string(maximum: 256, pattern: "^[A-Za-z0-9_-]+$"),
        """
        Continues after an earlier page: its `pagination.next_cursor`, instead of `page`, with the same filters. \
        Nothing is skipped or repeated when the list changes in between, and no totals are returned.
        """, example: .string(CommonSchemas.exampleCursor))
    package static let updatedSince = moment(
        "updated_since",
        """
        Lists what changed at or after this time, oldest change first. Read the list by `cursor`: items that change in \
        between move to its end, so that numbered pages would skip others.
        """)
    package static let idempotencyKey = Operation.Parameter(
        name: "Idempotency-Key", location: .header, schema: .string(pattern: IdempotencyKey.pattern),
        description: """
            Your own name for this request, 1 to 255 visible ASCII characters, bare or as a quoted string. For 24 \
            hours, the same key with the same body gets the first response again, with `Idempotent-Replayed: true`; \
            with another body it gets 422 `idempotency_key_reused`; while the first request is in progress, 409 \
            `idempotency_in_progress`. Responses with 401, 403, 422, 429 and 5xx, and those of dry runs, are not \
            stored.
            """,
        example: "8e03978e-40d5-43e8-bc93-6894a57f9324")

    package static let ifNoneMatch = Operation.Parameter(
        name: "If-None-Match", location: .header, schema: .string(),
        description: """
            The `ETag` of a response that you have stored. If its content is still the same, the response is 304 without a \
            body.
            """,
        example: .string(CommonSchemas.exampleEntityTag))
    package static let ifMatch = Operation.Parameter(
        name: "If-Match", location: .header, schema: .string(),
        description: """
            The `ETag` of the resource that your change is based on. If it has changed since, nothing is done, and the \
            response is 412 `precondition_failed`. Without it, the change is made in any case.
            """,
        example: .string(CommonSchemas.exampleEntityTag))

    /// A time in the query.
    package static func moment(_ name: String, _ description: String) -> Operation.Parameter {
        query(
            name, .string(format: "date-time"), "\(description) ISO 8601 with an offset.",
            example: "2025-12-22T17:15:01+00:00")
    }

    package static func text(
        _ name: String, maximum: Int, _ description: String, example: JSON
    ) -> Operation.Parameter {
        query(name, .string(minimum: 1, maximum: maximum), description, example: example)
    }

    /// A boolean in the query.
    package static func flag(_ name: String, _ description: String) -> Operation.Parameter {
        query(name, .oneOf(["true", "false", "1", "0"]).defaulting(to: "false"), description, example: "true")
    }
}
