package import HTTPTypes
package import PharmacyDomain

/// What the document says of one endpoint.
package struct Operation: Sendable {
    /// The document's `operationId`: names the operation in client code, metrics and logs.
    package let id: String
    /// The method.
    package let method: HTTPRequest.Method
    /// The path below the tenant, such as `patients/{uuid}`.
    package let path: String
    /// The section it belongs to.
    package let tag: Tag
    /// A few words.
    package let summary: String
    /// What a partner has to know, in Markdown.
    package let description: String
    /// Parameters in path, query and header; the tenant and the request id are on every operation.
    package let parameters: [Parameter]
    /// The names of those in the query: no other is accepted there.
    package let queryParameters: [String]
    /// What the body is; `nil` where none is read.
    package let body: OperationBody?
    /// The answers to requests that succeed.
    package let responses: [Response]
    /// The errors beyond those that follow from access, parameters and body.
    package let errors: [APIErrorCode]
    /// The scopes that a caller needs: all of any one of these.
    package let scopes: [[CredentialScope]]

    /// An operation.
    /// - Parameter scopes: those that a caller needs, where the section and the method do not say it.
    package init(
        _ id: String, _ method: HTTPRequest.Method, _ path: String, tag: Tag, summary: String, description: String,
        parameters: [Parameter] = [], body: OperationBody? = nil, responses: [Response], errors: [APIErrorCode] = [],
        scopes: [CredentialScope]? = nil
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
    }

    /// The sections of the document, as the guide has them.
    package enum Tag: String, CaseIterable, Sendable {
        case authentication = "Authentication"
        case patients = "Patients"
        case pharmacies = "Pharmacies"
        case orders = "Orders"
        case webhooks = "Webhooks"
        case sandbox = "Sandbox"
        case status = "Status"

        /// A paragraph for people.
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
                What was delivered to your webhook URLs, and delivering it again. A failed delivery is retried 3 times \
                with 60 seconds between attempts. An event of an order whose status is unchanged has the type of the one \
                before and a new `sequence`: something else has changed, such as a tracking number.
                """
            case .sandbox: "Controls of the sandbox, a transient environment whose data is wiped periodically."
            case .status: "Whether the API answers."
            }
        }
    }

    /// One parameter.
    package struct Parameter: Sendable {
        /// Where a parameter stands.
        package enum Location: String, Sendable {
            case path
            case query
            case header
        }

        /// As it is sent.
        package let name: String
        /// Where it stands.
        package let location: Location
        /// What it may be.
        package let schema: Schema
        /// For people.
        package let description: String
        /// A value that fits.
        package let example: JSON?

        /// A parameter of the path, which is always required.
        package static func path(_ name: String, _ description: String, example: JSON) -> Parameter {
            Parameter(name: name, location: .path, schema: .uuid, description: description, example: example)
        }

        /// A parameter of the query.
        package static func query(
            _ name: String, _ schema: Schema, _ description: String, example: JSON? = nil
        ) -> Parameter {
            Parameter(name: name, location: .query, schema: schema, description: description, example: example)
        }
    }

    /// An answer to a request that succeeds.
    package struct Response: Sendable {
        /// The status.
        package let status: HTTPResponse.Status
        /// For people.
        package let description: String
        /// The body's shape; `nil` where there is no body.
        package let schema: Schema?
        /// A value that fits.
        package let example: JSON?
        /// Header fields beyond those of every answer.
        package let headers: [ResponseHeader]
        /// What can be called next with a member of the answer.
        package let links: [Link]

        /// An answer.
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

    /// Another operation that takes a member of this one's answer as parameter.
    package struct Link: Sendable {
        /// The other operation.
        package let operationID: String
        /// Its parameter's name.
        package let parameter: String
        /// A JSON pointer into the answer's body (RFC 6901).
        package let pointer: String

        /// A link.
        package init(_ operationID: String, _ parameter: String, from pointer: String) {
            self.operationID = operationID
            self.parameter = parameter
            self.pointer = pointer
        }
    }
}

// MARK: - Parameters of several operations

extension Operation.Parameter {
    /// Which page of a list.
    package static let page = query(
        "page", .integer(1, PageRequest.maximumPage).defaulting(to: 1),
        "Which page, from 1. A page past the end is an empty list.", example: 1)
    /// How many items a page has.
    package static let perPage = query(
        "per_page", .integer(1, PageRequest.maximumPerPage).defaulting(to: JSON(PageRequest.defaultPerPage)),
        "Items on each page: 15 unless given, at most 100.", example: 15)
    /// Where a list goes on.
    package static let cursor = query(
        "cursor", .string(maximum: 256, pattern: "^[A-Za-z0-9_-]+$"),
        """
        Goes on behind an earlier page: its `pagination.next_cursor`, in place of `page`, with the same filters. Nothing \
        is skipped or shown twice when the list changes meanwhile, and nothing is counted.
        """, example: .string(CommonSchemas.exampleCursor))
    /// Narrows a list to what changed.
    package static let updatedSince = moment(
        "updated_since",
        """
        Lists what changed at or after this moment, oldest change first. Walk it by `cursor`: what changes meanwhile moves \
        to the end and is met there, whereas pages with numbers move up and skip others.
        """)
    /// Repeats a request without repeating its effect.
    package static let idempotencyKey = Operation.Parameter(
        name: "Idempotency-Key", location: .header, schema: .string(pattern: IdempotencyKey.pattern),
        description: """
            A name of your own for this request, 1 to 255 visible ASCII characters, bare or as a quoted string. For 24 \
            hours, the same key with the same body gets the first answer again, with `Idempotent-Replayed: true`; with \
            another body it gets 422 `idempotency_key_reused`; while the first request is under way, 409 \
            `idempotency_in_progress`. Responses with 401, 403, 422, 429 and 5xx are not stored, and neither are those of \
            dry runs.
            """,
        example: "8e03978e-40d5-43e8-bc93-6894a57f9324")

    /// A moment in the query.
    package static func moment(_ name: String, _ description: String) -> Operation.Parameter {
        query(
            name, .string(pattern: TextPattern.whole(TextPattern.timestamp), format: "date-time"),
            "\(description) ISO 8601 with an offset.", example: "2025-12-22T17:15:01+00:00")
    }

    /// A text in the query.
    package static func text(
        _ name: String, maximum: Int, _ description: String, example: JSON
    ) -> Operation.Parameter {
        query(
            name, .string(maximum: maximum, pattern: TextPattern.line), description,
            example: example)
    }

    /// A switch in the query.
    package static func flag(_ name: String, _ description: String) -> Operation.Parameter {
        query(name, .oneOf(["true", "false", "1", "0"]).defaulting(to: "false"), description, example: "true")
    }
}
