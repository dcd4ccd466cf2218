/// The pharmacies of a sandbox: invented, always the same, each with a catalog whose prices move.
package enum SimulatedPharmacies {
    /// Four active pharmacies, in the order of their listing.
    package static let all: [Pharmacy] = shelves.map(\.pharmacy)

    /// How far a price moves from the list price, in percent.
    package static let priceSwing = SimulatedProduct.swingPercent

    /// The catalog of a pharmacy at a given time, its products in a fixed order; `nil` for a pharmacy that is not in `all`.
    package static func catalog(of pharmacy: PharmacyID, at moment: Timestamp) -> Catalog? {
        guard let shelf = shelves.first(where: { $0.pharmacy.id == pharmacy }) else { return nil }
        return Catalog(
            medications: shelf.products.compactMap { $0.medication(of: shelf.pharmacy, at: moment) }, asOf: moment)
    }

    private struct Shelf: Sendable {
        let pharmacy: Pharmacy
        let products: [SimulatedProduct]

        /// - Parameter percent: of the list price.
        init?(
            id: String, name: String, slug: String, percent: Int = 100, shipsToStates: [String]? = nil,
            compounds: [ProductLine] = [], commercial: [ProductLine] = []
        ) {
            guard let id = PharmacyID(id) else { return nil }
            self.pharmacy = Pharmacy(id: id, name: name, slug: slug, status: .active, shipsToStates: shipsToStates)
            self.products =
                compounds.flatMap { $0.products(type: .compound, percent: percent) }
                + commercial.flatMap { $0.products(type: .commercial, percent: percent) }
        }
    }

    /// The first is the guide's example of a pharmacy. The last one ships to some states only. The second has the id in the guide's example of an order, and the size
    /// of the guide's catalog: 163 medications on seven pages.
    private static let shelves: [Shelf] = [
        Shelf(
            id: "d9d7d36f-c86b-49f7-a464-f0beb6cb2097", name: "Main Street Pharmacy", slug: "main-street-pharmacy",
            commercial: Formulary.generics),
        Shelf(
            id: "a4f57791-c5a6-4e6a-8841-5a0d6bf5b9d1", name: "Kaduceus", slug: "kaduceus",
            compounds: Formulary.compounds),
        Shelf(
            id: "3b6f0c52-8d1e-4a97-9c40-7e2a5d91f6b8", name: "Blue Heron Compounding",
            slug: "blue-heron-compounding", percent: 106,
            compounds: Formulary.hormones + Formulary.hair + Formulary.skin),
        Shelf(
            id: "6e04b9d7-27c3-4f58-b1aa-c95d8036e2f4", name: "Lakeshore Wellness Pharmacy",
            slug: "lakeshore-wellness-pharmacy", percent: 97,
            shipsToStates: ["IA", "IL", "IN", "MI", "MN", "MO", "OH", "WI"],
            compounds: Formulary.weightManagement + Formulary.vitamins + Formulary.sexualHealth),
    ].compactMap(\.self)
}
