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
        let found = catalog.page(PageRequest(page: page, perPage: Catalog.perPage), search: nil)
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
        let found = catalog.page(PageRequest(page: 1, perPage: 25), search: text)
        #expect(found.items.map(\.productCode) == codes)
        #expect(found.total == codes.count)
        #expect(catalog.page(PageRequest(page: 2, perPage: 25), search: text).total == codes.count)
    }

    @Test("Pages of a search fit together")
    func searchPages() throws {
        let catalog = try catalog((0..<100).map { $0.isMultiple(of: 2) ? "Even \($0)" : "Odd \($0)" })
        let pages = (1...4).flatMap { catalog.page(PageRequest(page: $0, perPage: 15), search: "even").items }
        #expect(pages.map(\.productCode) == (0..<50).map { "P\($0 * 2)" })
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
