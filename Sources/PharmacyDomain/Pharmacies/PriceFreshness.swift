/// The age of a pharmacy's prices on this node.
package struct PriceFreshness: Hashable, Sendable {
    package let pharmacy: PharmacyID
    package let name: String
    /// When the pharmacy reported them.
    package let asOf: Timestamp
    /// Whether they are young enough to be served without asking the pharmacy again (`Catalog.freshFor`).
    package let isFresh: Bool

    package init(pharmacy: PharmacyID, name: String, asOf: Timestamp, isFresh: Bool) {
        self.pharmacy = pharmacy
        self.name = name
        self.asOf = asOf
        self.isFresh = isFresh
    }
}
