/// What the simulated system is asked to do: the operations of `Documentation/impetus.md`.
enum SimulatedOperation: String, CaseIterable, Sendable {
    case pharmacies
    case catalog
    case patient
    case submit
    case cancel
    case reports
}
