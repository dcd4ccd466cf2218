/// The prices of a catalog's products over time, as far as the catalog was in use, for people who watch them. Orders have nothing
/// to do with it.
package struct PriceHistory: Sendable {
    /// A price, and when the pharmacy reported it for the first time in a row.
    package struct Entry: Hashable, Sendable {
        package let at: Timestamp
        package let price: Price

        package init(at: Timestamp, price: Price) {
            self.at = at
            self.price = price
        }
    }

    /// Prices of one product, and of all products together: some 2 MB.
    private static let (perProduct, inAll) = (60, 40_000)

    /// By product code, oldest first.
    private var entries: [String: [Entry]] = [:]
    /// When the first catalog was added; `nil` before that.
    package private(set) var begin: Timestamp?

    package init() {}

    /// Adds the prices that differ from the latest ones. Products that the catalog does not have are forgotten.
    package mutating func add(_ catalog: Catalog) {
        begin = begin ?? catalog.asOf
        let limit = min(PriceHistory.perProduct, max(2, PriceHistory.inAll / max(1, catalog.medications.count)))
        var renewed: [String: [Entry]] = [:]
        renewed.reserveCapacity(catalog.medications.count)
        for medication in catalog.medications {
            var known = entries.removeValue(forKey: medication.productCode) ?? []
            if known.last?.price != medication.price {
                known.append(Entry(at: catalog.asOf, price: medication.price))
                if known.count > limit { known.removeFirst() }
            }
            renewed[medication.productCode] = known
        }
        entries = renewed
    }

    /// The prices of a product since a time, oldest first. The first is the one that it had then, or the first one that is known.
    package func prices(of productCode: String, since moment: Timestamp) -> [Entry] {
        let all = entries[productCode] ?? []
        let first = all.lastIndex { $0.at <= moment } ?? 0
        return Array(all[first...])
    }
}
