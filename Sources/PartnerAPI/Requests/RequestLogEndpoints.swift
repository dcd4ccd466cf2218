import HTTPTypes
import PharmacyDomain
import PharmacyServices

/// The log of the tenant's requests.
enum RequestLogEndpoints {
    /// In the order of the document.
    static let all = [list, get]

    /// `GET requests`.
    private static let list = Endpoint(
        Operation(
            "listRequests", .get, "requests", tag: .requests, summary: "List your requests",
            description: """
                Lists the requests that reached this API with your tenant in their path, newest first, also those that \
                were refused. Only metadata is logged: no bodies, no values of queries or paths except the ids of \
                orders and patients. A request appears within two seconds. To read the whole list, send \
                `pagination.next_cursor` as `cursor` until it is `null`; a page of a filtered list may be short, or \
                empty, although the list continues. Of many requests in a row that were refused with 401 or 429, \
                some are not listed.
                """,
            parameters: [
                .perPage, .cursor,
                .query("status", .oneOf(StatusClass.self), "Requests with a status of this class.", example: "4xx"),
                .query("code", .oneOf(APIErrorCode.self), "Requests with this error code.", example: "price_changed"),
                .query("operation", .oneOf(operationIDs), "Requests of this `operationId`.", example: "submitOrder"),
                .query(
                    "client_id", .uuid, "Requests of this credential.", example: "6f1f2b1e-7f55-4d6c-9a35-0b6f6c9a2d11"),
                .query(
                    "order", .uuid, "Requests that named this order, or submitted it.",
                    example: "fd44a635-6d0c-47fa-8343-e0d604d46992"),
                .query(
                    "patient_id", .uuid, "Requests that named this patient, or created it.",
                    example: "135fef3b-b4ac-485f-b9bf-e8beef4990c7"),
                .moment("received_from", "Requests received at or after this time."),
                .moment(
                    "received_to",
                    "Requests received at or before this time. A time without a fraction includes its whole second."),
            ],
            responses: [
                Operation.Response(
                    .ok, "A page of requests.", schema: .listPage(of: .reference("LoggedRequest")),
                    example: [
                        "data": [LoggedRequestResource.request.exampleJSON],
                        "pagination": ["per_page": 15, "next_cursor": nil],
                    ],
                    links: [Operation.Link("getRequest", "request_id", from: "/data/0/request_id")])
            ],
            errors: [.cursorExpired])
    ) { request in
        let (filter, page) = try request.query { query in (query.requestFilter(), query.listPage()) }
        let requests = try await request.services.requests.list(filter, page: page, tenant: request.tenant)
        return .page(requests.map(LoggedRequestResource.request.encode))
    }

    /// `GET requests/{request_id}`.
    private static let get = Endpoint(
        Operation(
            "getRequest", .get, "requests/{request_id}", tag: .requests, summary: "Get one of your requests",
            description: """
                Returns the request with this `X-Request-Id`. If you sent the same id several times, it is the newest \
                of them.
                """,
            parameters: [
                Operation.Parameter(
                    name: "request_id", location: .path,
                    schema: .string(minimum: 1, maximum: RequestID.lengthLimit, pattern: "^[A-Za-z0-9._-]+$"),
                    description: "The `X-Request-Id` of the response.",
                    example: .string(LoggedRequestResource.exampleID))
            ],
            responses: [
                Operation.Response(
                    .ok, "The request.", schema: .data(.reference("LoggedRequest")),
                    example: ["data": LoggedRequestResource.request.exampleJSON])
            ])
    ) { request in
        guard let id = request.pathText("request_id"), RequestID.isValid(id) else { throw APIError(.notFound) }
        let logged = try await request.services.requests.get(id, tenant: request.tenant)
        return .data(LoggedRequestResource.request.encode(logged))
    }

    /// Every `operationId` of the document.
    static let operationIDs =
        (AccountEndpoints.all + PatientEndpoints.all + PharmacyEndpoints.all + OrderEndpoints.all
        + WebhookEndpoints.all + SandboxEndpoints.all).map(\.operation.id) + ["listRequests", "getRequest"]
}

extension QueryReader {
    /// Reads the filters of the request log.
    fileprivate mutating func requestFilter() -> RequestFilter {
        var filter = RequestFilter()
        filter.statusClass = choice("status")
        let code: APIErrorCode? = choice("code")
        filter.code = code?.rawValue
        filter.operation = parsed("operation", "operation must be an operationId, like submitOrder.") { name in
            RequestLogEndpoints.operationIDs.contains(name) ? name : nil
        }
        filter.credential = identifier("client_id")
        filter.order = identifier("order")
        filter.patient = identifier("patient_id")
        filter.from = timestamp("received_from")
        filter.to = upperBound("received_to")
        return filter
    }
}
