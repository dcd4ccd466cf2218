/// The operations of `Documentation/impetus.md`. The raw values are those of `PUT /simulator/faults` and of the ledger.
enum SimulatedOperation: String, CaseIterable, Sendable {
    case pharmacies
    case catalog = "catalogue"
    case patient
    case submit
    case cancel
    case amend
    case reports
}
