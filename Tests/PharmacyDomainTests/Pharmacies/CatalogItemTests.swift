import PharmacyDomain
import PharmacyTestSupport
import Testing

@Suite("Items of a catalog")
struct CatalogItemTests {
    @Test("An item has the medication's members, its own id and its own time")
    func medication() throws {
        let medication = Medication(
            productCode: "1250", name: "Tirzepatide", strength: "20mg/ml", form: "Injectable", formulation: "Vial",
            quantity: "3", quantityUnits: "Milliliter", scheduleCode: "L", type: "Compound", pharmacy: "Kaduceus",
            price: try #require(Price("188.00")))
        let item = CatalogItem(medication, medicationID: "opaque", priceAsOf: Fixtures.now)
        #expect(
            item
                == CatalogItem(
                    medicationID: "opaque", name: "Tirzepatide", strength: "20mg/ml", form: "Injectable",
                    formulation: "Vial", quantity: "3", quantityUnits: "Milliliter", scheduleCode: "L",
                    type: "Compound", pharmacy: "Kaduceus", price: Price(wholeDollars: 188), priceAsOf: Fixtures.now))
        #expect(!item.json.written.contains("1250"), "partners see the pharmacy's own code inside the id only")
    }

    @Test(
        "An order whose medication has a missing or invalid member cannot be read",
        arguments: [
            "medication_id", "name", "strength", "form", "formulation", "quantity", "quantity_units", "schedule_code",
            "type", "pharmacy", "price", "price_as_of",
        ])
    func missing(name: String) throws {
        let document = try Fixtures.placed().order.document
        let medication = try #require(document["medication"])
        #expect(medication[name] != nil)
        #expect(Order(document: document.with("medication", medication.without(name))) == nil)
        #expect(Order(document: document.with("medication", medication.with(name, 7))) == nil)
    }
}
