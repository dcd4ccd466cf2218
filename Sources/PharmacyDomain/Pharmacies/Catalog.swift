/// The medications that a pharmacy offered at one point in time, in a fixed order, so that its pages are consistent.
package struct Catalog: Hashable, Sendable {
    package static let perPage = 25
    package static let searchLimit = 80
    /// Characters of a filter that is compared with a whole text.
    package static let filterLimit = 255
    /// Prices that are older are fetched again.
    package static let freshFor = Duration.seconds(60)
    /// While the pharmacy's system is down, a catalog up to this age is served and marked as stale.
    package static let servedFor = Duration.minutes(15)

    package let medications: [Medication]
    package let asOf: Timestamp

    package init(medications: [Medication], asOf: Timestamp) {
        self.medications = medications
        self.asOf = asOf
    }

    /// - Parameter age: since the request to the pharmacy.
    package static func isFresh(age: Duration) -> Bool { age < freshFor }
    /// - Parameter age: since the request to the pharmacy.
    package static func isServable(age: Duration) -> Bool { age < servedFor }

    package subscript(productCode: String) -> Medication? { medications.first { $0.productCode == productCode } }

    /// One page of the medications that match.
    package func page(_ request: PageRequest, filter: CatalogFilter) -> Page<Medication> {
        positions(request, filter: filter).map { medications[$0] }
    }

    /// The same page, as positions in `medications`.
    package func positions(_ request: PageRequest, filter: CatalogFilter) -> Page<Int> {
        guard filter != CatalogFilter() else { return Catalog.page(request, of: medications.indices) }
        return Catalog.page(request, of: filter.positions(in: medications))
    }

    private static func page(_ request: PageRequest, of positions: some Collection<Int>) -> Page<Int> {
        Page(
            items: Array(positions.dropFirst(request.offset).prefix(request.perPage)), request: request,
            total: positions.count)
    }
}
