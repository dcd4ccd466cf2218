/// The filter of a list of orders. Members that are `nil` filter nothing.
package struct OrderFilter: Hashable, Sendable {
    package var status: OrderStatus?
    package var reference: String?
    package var customerReference: String?
    package var patientID: PatientID?
    package var createdFrom: Timestamp?
    /// Inclusive.
    package var createdTo: Timestamp?
    /// With it the list is ordered by change, oldest first; without it by creation, newest first.
    package var updatedSince: Timestamp?

    package init() {}
}
