/// Tells when a condition begins to hold, and when it ends, once each.
struct ConditionWatch {
    enum Change: Hashable {
        case begins
        case ends
    }

    private var holds = false

    mutating func note(_ holds: Bool) -> Change? {
        defer { self.holds = holds }
        return holds == self.holds ? nil : holds ? .begins : .ends
    }
}
