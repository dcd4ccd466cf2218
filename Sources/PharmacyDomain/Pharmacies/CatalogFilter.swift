/// Which medications of a catalog a page shows, and in which order. Texts are compared by `String.comparisonKey`.
package struct CatalogFilter: Hashable, Sendable {
    /// A part of the name.
    package var search: String?
    package var form: String?
    package var strength: String?
    package var type: String?
    /// The DEA schedule, or `L`.
    package var scheduleCode: String?
    /// `nil`: in the pharmacy's order.
    package var order: Order?

    package enum Order: String, CaseIterable, Sendable {
        case name
        case nameDescending = "-name"
        case price
        case priceDescending = "-price"
    }

    package init(search: String? = nil) {
        self.search = search
    }

    /// The positions of the medications that match, in the order of the filter. Equal ones stay in the pharmacy's order.
    func positions(in medications: [Medication]) -> [Int] {
        let pattern = BytePattern((search ?? "").comparisonKey.utf8)
        let exact: [(member: (Medication) -> String, text: [UInt8])] = [
            ({ $0.form }, form), ({ $0.strength }, strength), ({ $0.type }, type), ({ $0.scheduleCode }, scheduleCode),
        ].compactMap { member, text in text.map { (member, Array($0.comparisonKey.utf8)) } }
        let found = medications.indices.filter { position in
            let medication = medications[position]
            return exact.allSatisfy { $0.member(medication).comparisonKey.utf8.elementsEqual($0.text) }
                && (pattern.isEmpty || pattern.isFound(in: Array(medication.name.comparisonKey.utf8)))
        }
        switch order {
        case nil: return found
        case .name, .nameDescending:
            let names = found.map { Array(medications[$0].name.comparisonKey.utf8) }
            return sorted(found, by: names) { $0.lexicographicallyPrecedes($1) }
        case .price, .priceDescending: return sorted(found, by: found.map { medications[$0].price }, <)
        }
    }

    private func sorted<Key>(_ positions: [Int], by keys: [Key], _ precedes: (Key, Key) -> Bool) -> [Int] {
        let isDescending = order == .nameDescending || order == .priceDescending
        // The standard library's sort is stable.
        return zip(positions, keys).sorted { left, right in
            isDescending ? precedes(right.1, left.1) : precedes(left.1, right.1)
        }.map(\.0)
    }
}
