/// Detects when a condition begins and when it ends.
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
