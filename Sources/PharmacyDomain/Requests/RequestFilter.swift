/// Selects requests of a tenant's log. A `nil` member selects all.
package struct RequestFilter: Hashable, Sendable {
    package var statusClass: StatusClass?
    /// An error code.
    package var code: String?
    /// An `operationId`.
    package var operation: String?
    package var credential: ClientID?
    package var order: OrderID?
    package var patient: PatientID?
    /// The earliest time of arrival.
    package var from: Timestamp?
    /// The latest time of arrival.
    package var to: Timestamp?

    package init() {}

    /// Whether it selects errors alone.
    package var isOfErrors: Bool { code != nil || statusClass?.isError ?? false }

    package func selects(_ request: LoggedRequest) -> Bool {
        statusClass?.statuses.contains(request.status) ?? true
            && code.map { $0 == request.code } ?? true
            && operation.map { $0 == request.operation } ?? true
            && credential.map { $0 == request.credential } ?? true
            && order.map { $0 == request.order } ?? true
            && patient.map { $0 == request.patient } ?? true
            && from.map { $0 <= request.receivedAt } ?? true
            && to.map { $0 >= request.receivedAt } ?? true
    }
}
