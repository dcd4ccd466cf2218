/// All that a pharmacy offered at one moment, in a fixed order, so that pages of it fit together.
package struct Catalog: Hashable, Sendable {
    package static let perPage = 25
    package static let searchLimit = 80
    /// A price is asked for anew when it is older.
    package static let freshFor = Duration.seconds(60)
    /// A list is still served, marked stale, while the pharmacy's system is down, up to this age.
    package static let servedFor = Duration.minutes(15)

    package let medications: [Medication]
    package let asOf: Timestamp

    package init(medications: [Medication], asOf: Timestamp) {
        self.medications = medications
        self.asOf = asOf
    }

    /// - Parameter age: since it was asked for.
    package static func isFresh(age: Duration) -> Bool { age < freshFor }
    /// - Parameter age: since it was asked for.
    package static func isServable(age: Duration) -> Bool { age < servedFor }

    package subscript(productCode: String) -> Medication? { medications.first { $0.productCode == productCode } }

    /// One page of the medications whose name holds `search`, as `String.comparisonKey` has both.
    package func page(_ request: PageRequest, search: String?) -> Page<Medication> {
        let pattern = BytePattern((search ?? "").comparisonKey.utf8)
        let found =
            pattern.isEmpty
            ? medications : medications.filter { pattern.isFound(in: Array($0.name.comparisonKey.utf8)) }
        let start = min(request.offset, found.count)
        let end = min(start + request.perPage, found.count)
        return Page(items: Array(found[start..<end]), request: request, total: found.count)
    }
}
