/// One request of a tenant in its request log: metadata alone. It contains no body, no value of a query and no address.
package struct LoggedRequest: Hashable, Sendable {
    /// The `X-Request-Id`. A caller that chooses its own may send one twice.
    package let id: String
    /// When the request arrived.
    package let receivedAt: Timestamp
    /// `nil` if the caller was not authenticated.
    package let credential: ClientID?
    /// The `operationId`; `nil` if no operation has the path and the method.
    package let operation: String?
    /// The method, or `OTHER` for one that the API does not use.
    package let method: String
    /// The path after the tenant, with the names of its parameters instead of their values, such as `patients/{uuid}`; `nil` for a
    /// path that the API does not have.
    package let path: String?
    /// The status of the response; 499 if the client had gone before it.
    package let status: Int
    /// The error code of the response; `nil` for a response that is no error.
    package let code: String?
    /// From the request's arrival until its response was ready, in whole milliseconds.
    package let duration: Duration
    /// The order that the request named, or placed. It need not exist.
    package let order: OrderID?
    /// The patient that the request named, or created. It need not exist.
    package let patient: PatientID?

    package init(
        id: String, receivedAt: Timestamp, credential: ClientID?, operation: String?, method: String, path: String?,
        status: Int, code: String?, duration: Duration, order: OrderID?, patient: PatientID?
    ) {
        self.id = id
        self.receivedAt = receivedAt
        self.credential = credential
        self.operation = operation
        self.method = method
        self.path = path
        self.status = status
        self.code = code
        self.duration = duration
        self.order = order
        self.patient = patient
    }
}
