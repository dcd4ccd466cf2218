package import PharmacyDomain

/// A request of the request log on the wire.
package enum LoggedRequestResource {
    static let components: [(name: String, schema: Schema)] = [("LoggedRequest", request.schema)]

    package static let request = ResponseResource<LoggedRequest>(
        [
            ResponseMember("request_id", .string().described("The `X-Request-Id` of the response.")) {
                .string($0.id)
            },
            ResponseMember("received_at", .timestamp) { JSON($0.receivedAt) },
            ResponseMember("client_id", .uuid.nullable.described("The credential, if the caller was authenticated.")) {
                $0.credential?.json ?? .null
            },
            ResponseMember(
                "operation", .string().nullable.described("The `operationId`, if the path and the method have one.")
            ) { JSON($0.operation) },
            ResponseMember("method", .string()) { .string($0.method) },
            ResponseMember(
                "path",
                .string().nullable.described("The path after `api/v1/`, with the names of its parameters.")
            ) { JSON($0.path) },
            ResponseMember(
                "status",
                .integer(100, 599).described("The status of the response; 499 if you closed the connection before it.")
            ) { JSON($0.status) },
            ResponseMember("code", .string().nullable.described("The error code of the response, if it was an error."))
            {
                JSON($0.code)
            },
            ResponseMember("duration_ms", .integer()) { .integer($0.duration.milliseconds) },
            ResponseMember("order", .uuid.nullable.described("The order that the request named, or submitted.")) {
                $0.order?.json ?? .null
            },
            ResponseMember(
                "patient_id", .uuid.nullable.described("The patient that the request named, or created.")
            ) { $0.patient?.json ?? .null },
        ],
        example: LoggedRequest(
            id: exampleID, receivedAt: Examples.time, credential: Examples.client, operation: "submitOrder",
            method: "POST", path: "orders", status: 409, code: APIErrorCode.priceChanged.rawValue,
            duration: .milliseconds(12), order: nil, patient: Examples.patient))

    /// An id as the server assigns them, of the time of the examples.
    static let exampleID = "019b470e-a608-7c4e-9b32-5d1f0c6a8e24"
}
