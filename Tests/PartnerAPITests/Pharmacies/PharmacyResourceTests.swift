import PharmacyDomain
import PharmacyTestSupport
import Testing

@testable import PartnerAPI

@Suite("Pharmacies and their catalogs on the wire")
struct PharmacyResourceTests {
    @Test("A pharmacy is shown as in the guide")
    func pharmacy() throws {
        let pharmacy = Pharmacy(
            id: try #require(PharmacyID("d9d7d36f-c86b-49f7-a464-f0beb6cb2097")), name: "Main Street Pharmacy",
            slug: "main-street-pharmacy", status: .active)
        #expect(
            PharmacyResource.pharmacy.encode(pharmacy).written == """
                {"id":"d9d7d36f-c86b-49f7-a464-f0beb6cb2097","name":"Main Street Pharmacy",\
                "slug":"main-street-pharmacy","status":"active"}
                """)
    }

    @Test("An item of a catalog is shown as in the guide")
    func item() throws {
        let medication = Medication(
            productCode: "1250", name: "Tirzepatide w/ NAD+ Vial", strength: "20mg/ml", form: "Injectable",
            formulation: "Tirzepatide 20mg/ml 3ml (60mg) w/ NAD+ Vial", quantity: "3", quantityUnits: "Milliliter",
            scheduleCode: "L", type: "Compound", pharmacy: "Kaduceus", price: try #require(Price("188.00")))
        let item = CatalogItem(
            medication, medicationID: "eyJpIjoiMTI1MCJ9", priceAsOf: Timestamp(milliseconds: 1_766_423_701_000))
        #expect(
            PharmacyResource.medication.encode(item).written == """
                {"medication_id":"eyJpIjoiMTI1MCJ9","name":"Tirzepatide w/ NAD+ Vial","strength":"20mg/ml",\
                "form":"Injectable","formulation":"Tirzepatide 20mg/ml 3ml (60mg) w/ NAD+ Vial","quantity":"3",\
                "quantity_units":"Milliliter","schedule_code":"L","type":"Compound","pharmacy":"Kaduceus",\
                "price":"188.00","price_as_of":"2025-12-22T17:15:01+00:00"}
                """)
    }
}
