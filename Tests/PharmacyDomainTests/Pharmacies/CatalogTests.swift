import PharmacyDomain
import Testing

@Suite("Catalogs")
struct CatalogTests {
    private func medication(_ code: String, name: String) throws -> Medication {
        Medication(
            productCode: code, name: name, strength: "20mg/ml", form: "Injectable",
            formulation: "Tirzepatide 20mg/ml 3ml (60mg) w/ NAD+ Vial", quantity: "3", quantityUnits: "Milliliter",
            scheduleCode: "L", type: "Compound", pharmacy: "Kaduceus", price: try #require(Price("188.00")))
    }

    private func catalog(_ names: [String]) throws -> Catalog {
        let medications = try names.enumerated().map { try medication("P\($0.offset)", name: $0.element) }
        return Catalog(medications: medications, asOf: Fixtures.now)
    }

    @Test(
        "163 products are seven pages of 25, the last with 13; later pages are empty",
        arguments: [(1, 0, 25), (2, 25, 25), (6, 125, 25), (7, 150, 13), (8, 0, 0), (1_000_000_000, 0, 0)])
    func paging(page: Int, first: Int, count: Int) throws {
        let catalog = try catalog((0..<163).map { "Product \($0)" })
        let found = catalog.page(PageRequest(page: page, perPage: Catalog.perPage), filter: CatalogFilter())
        #expect(found.items.map(\.productCode) == (first..<first + count).map { "P\($0)" })
        #expect(found.total == 163)
        #expect(found.totalPages == 7)
    }

    @Test(
        "A search finds names that contain the text, in any case, and treats no character as a pattern",
        arguments: [
            ("tirz", ["P0", "P1"]), ("TIRZ", ["P0", "P1"]), ("b12", ["P1"]), ("w/ ", ["P0", "P1"]), ("nad+", ["P0"]),
            ("crème", ["P3"]), ("CRÈME", ["P3"]), ("%", ["P4"]), ("_", []), (".*", []), ("zzz", []),
            ("", ["P0", "P1", "P2", "P3", "P4"]),
        ] as [(String, [String])])
    func search(text: String, codes: [String]) throws {
        let catalog = try catalog(
            ["Tirzepatide w/ NAD+ Vial", "Tirzepatide w/ B12 Vial", "Semaglutide", "Crème", "Tretinoin 5%"])
        let found = catalog.page(PageRequest(page: 1, perPage: 25), filter: CatalogFilter(search: text))
        #expect(found.items.map(\.productCode) == codes)
        #expect(found.total == codes.count)
        #expect(
            catalog.page(PageRequest(page: 2, perPage: 25), filter: CatalogFilter(search: text)).total == codes.count)
    }

    @Test("Pages of a search fit together")
    func searchPages() throws {
        let catalog = try catalog((0..<100).map { $0.isMultiple(of: 2) ? "Even \($0)" : "Odd \($0)" })
        let pages = (1...4).flatMap {
            catalog.page(PageRequest(page: $0, perPage: 15), filter: CatalogFilter(search: "even")).items
        }
        #expect(pages.map(\.productCode) == (0..<50).map { "P\($0 * 2)" })
    }

    private func varied() throws -> Catalog {
        let rows = [
            ("B", "Injectable", "20mg/ml", "Compound", "L", "20.00"),
            ("a", "Capsule", "5 mg", "Compound", "IV", "5.00"),
            ("C", "injectable", "5 mg", "Commercial", "L", "20.00"),
            ("b", "Cream", "1 %", "Commercial", "III", "100.00"),
        ]
        return Catalog(
            medications: try rows.enumerated().map { index, row in
                Medication(
                    productCode: "P\(index)", name: row.0, strength: row.2, form: row.1, formulation: "", quantity: "1",
                    quantityUnits: "Each", scheduleCode: row.4, type: row.3, pharmacy: "Kaduceus",
                    price: try #require(Price(row.5)))
            }, asOf: Fixtures.now)
    }

    private func codes(_ change: (inout CatalogFilter) -> Void) throws -> [String] {
        var filter = CatalogFilter()
        change(&filter)
        return try varied().page(PageRequest(page: 1, perPage: 25), filter: filter).items.map(\.productCode)
    }

    @Test("A medication must match all filters as a whole, in any case")
    func filters() throws {
        #expect(try codes { $0.form = "INJECTABLE" } == ["P0", "P2"])
        #expect(try codes { $0.form = "inject" } == [])
        #expect(try codes { $0.strength = "5 MG" } == ["P1", "P2"])
        #expect(try codes { $0.type = "compound" } == ["P0", "P1"])
        #expect(try codes { $0.scheduleCode = "l" } == ["P0", "P2"])
        #expect(try codes { ($0.scheduleCode, $0.type, $0.search) = ("L", "Commercial", "c") } == ["P2"])
        #expect(try codes { ($0.scheduleCode, $0.type) = ("IV", "Commercial") } == [])
    }

    @Test(
        "A catalog is sorted by name or price, and equal medications stay in the pharmacy's order",
        arguments: [
            (.name, ["P1", "P0", "P3", "P2"]), (.nameDescending, ["P2", "P0", "P3", "P1"]),
            (.price, ["P1", "P0", "P2", "P3"]), (.priceDescending, ["P3", "P0", "P2", "P1"]),
        ] as [(CatalogFilter.Order, [String])])
    func order(order: CatalogFilter.Order, expected: [String]) throws {
        #expect(try codes { $0.order = order } == expected)
        #expect(
            try codes { ($0.order, $0.form) = (order, "injectable") } == expected.filter { ["P0", "P2"].contains($0) })
    }

    @Test("A product is found by its code")
    func byCode() throws {
        let catalog = try catalog(["A", "B"])
        #expect(catalog["P1"]?.name == "B")
        #expect(catalog["P2"] == nil)
    }

    @Test(
        "A list is fresh for 60 seconds and served for 15 minutes",
        arguments: [
            (0, true, true), (59_999, true, true), (60_000, false, true), (899_999, false, true),
            (900_000, false, false),
        ])
    func age(milliseconds: Int, isFresh: Bool, isServable: Bool) {
        #expect(Catalog.isFresh(age: .milliseconds(milliseconds)) == isFresh)
        #expect(Catalog.isServable(age: .milliseconds(milliseconds)) == isServable)
    }
}
