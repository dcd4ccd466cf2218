/// What a list of orders is narrowed to; `nil` members narrow nothing.
package struct OrderFilter: Hashable, Sendable {
    package var status: OrderStatus?
    package var reference: String?
    package var customerReference: String?
    package var patientID: PatientID?
    package var createdFrom: Timestamp?
    /// The last moment that counts.
    package var createdTo: Timestamp?
    /// With it the list runs by change, oldest first; without it by creation, newest first.
    package var updatedSince: Timestamp?

    package init() {}
}
