package import PharmacyStore

/// The result of a check.
package struct IntegrityReport: Hashable, Sendable {
    package internal(set) var tenants = 0
    package internal(set) var records = 0
    /// The number of findings by kind; kinds without findings are absent.
    package internal(set) var counts: [IntegrityKind: Int] = [:]

    package init() {}

    package var total: Int { counts.values.reduce(0, +) }
}

extension IntegrityReport {
    /// The counts as text, such as `event_payload=1 order_status=2`.
    package var summary: String {
        counts.map { "\($0.key.rawValue)=\($0.value)" }.sorted().joined(separator: " ")
    }

    /// Reads what `summary` wrote.
    static func counts(of summary: String) -> [IntegrityKind: Int] {
        let pairs = summary.split(separator: " ").compactMap { word -> (IntegrityKind, Int)? in
            let parts = word.split(separator: "=").map(String.init)
            guard parts.count == 2, let kind = IntegrityKind(rawValue: parts[0]), let count = Int(parts[1]) else {
                return nil
            }
            return (kind, count)
        }
        return Dictionary(pairs) { first, _ in first }
    }
}
