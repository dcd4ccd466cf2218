import PharmacyDomain
import PharmacyTestSupport
import Testing

@Suite("Terms of an order and the rules of its medication")
struct OrderTermsPrescriptionTests {
    private func terms(
        prescriber: Prescriber? = nil, refills: Int? = nil, shipTo: ShipTo? = nil, directions: String? = nil,
        method: ShippingMethod? = nil
    ) throws -> OrderTerms {
        OrderTerms(
            patientID: try #require(PatientID(Fixtures.uuid)), pharmacyID: try #require(PharmacyID(Fixtures.uuid)),
            medicationID: "m", dispenseQuantity: 1, daysSupply: nil, reference: nil, customerReference: nil, memo: nil,
            clinicalNotes: nil, webhookURLs: [], shipTo: shipTo, shippingMethod: method, prescriber: prescriber,
            directions: directions, refillsAuthorized: refills)
    }

    private func item(schedule: String) throws -> CatalogItem {
        CatalogItem(
            medicationID: "m", name: "N", strength: "", form: "", formulation: "", quantity: "1", quantityUnits: "Each",
            scheduleCode: schedule, type: "Compound", pharmacy: "P", price: try #require(Price("1.00")),
            priceAsOf: Timestamp(milliseconds: 0))
    }

    private func pharmacy(takesDetails: Bool = true) throws -> Pharmacy {
        Pharmacy(
            id: try #require(PharmacyID(Fixtures.uuid)), name: "P", slug: "p", status: .active,
            takesPrescriptionDetails: takesDetails)
    }

    private func prescriber(dea: String?) -> Prescriber {
        Prescriber(name: "Ada Wells, MD", npi: "1234567893", licenseNumber: nil, licenseState: nil, deaNumber: dea)
    }

    private func violations(
        _ terms: OrderTerms, schedule: String, takesDetails: Bool = true, requiresPrescriber: Bool = true
    ) throws -> ValidationErrors {
        terms.violations(
            ordering: try item(schedule: schedule), at: try pharmacy(takesDetails: takesDetails),
            requiresPrescriber: requiresPrescriber)
    }

    @Test("A controlled substance requires a prescriber with a DEA number", arguments: ["2", "3", "4", "5"])
    func controlled(schedule: String) throws {
        let without = try violations(try terms(), schedule: schedule)
        #expect(without.code == "prescriber_required" && without.fields.map(\.name) == ["prescriber"])
        let partly = try violations(try terms(prescriber: prescriber(dea: nil)), schedule: schedule)
        #expect(partly.code == "prescriber_required" && partly.fields.map(\.name) == ["prescriber.dea_number"])
        #expect(try violations(try terms(prescriber: prescriber(dea: "AB1234563")), schedule: schedule).isEmpty)
        #expect(try violations(try terms(), schedule: schedule, requiresPrescriber: false).isEmpty)
    }

    @Test("Another medication requires none, and must not have a DEA number")
    func notControlled() throws {
        #expect(try violations(try terms(), schedule: "L").isEmpty)
        #expect(try violations(try terms(prescriber: prescriber(dea: nil)), schedule: "L").isEmpty)
        let refused = try violations(try terms(prescriber: prescriber(dea: "AB1234563")), schedule: "L")
        #expect(refused.fields.map(\.name) == ["prescriber.dea_number"])
    }

    @Test(
        "Refills have the limits of the law",
        arguments: [
            ("2", 0, true), ("2", 1, false), ("3", 5, true), ("3", 6, false), ("4", 6, false), ("5", 6, true),
            ("L", 99, true),
        ])
    func refills(schedule: String, count: Int, isValid: Bool) throws {
        let found = try violations(try terms(refills: count), schedule: schedule, requiresPrescriber: false)
        #expect(found.fields.map(\.name) == (isValid ? [] : ["refills_authorized"]))
    }

    @Test("What a pharmacy's system would ignore is refused, and a prescriber is not")
    func olderSystem() throws {
        let address = ShipTo(
            recipient: "Jane", address1: "1 Main Street", address2: nil, city: "C", state: "IL", zip: "62704")
        let all = try terms(
            prescriber: prescriber(dea: nil), refills: 1, shipTo: address, directions: "Daily.", method: .overnight)
        #expect(
            try violations(all, schedule: "L", takesDetails: false).fields.map(\.name)
                == ["ship_to", "shipping_method", "directions", "refills_authorized"])
        #expect(try violations(try terms(refills: 0), schedule: "L", takesDetails: false).isEmpty)
    }

    @Test("Errors inside an address or a prescriber have the path of their member")
    func nested() throws {
        let terms = try terms(
            prescriber: Prescriber(name: "", npi: "1", licenseNumber: nil, licenseState: "XX", deaNumber: nil),
            shipTo: ShipTo(recipient: "J", address1: "1", address2: nil, city: "C", state: "IL", zip: "6270"))
        let errors = #expect(throws: ValidationErrors.self) { try terms.validate() }
        #expect(
            errors?.fields.map(\.name) == [
                "ship_to.zip", "prescriber.name", "prescriber.npi", "prescriber.license_state",
            ])
        #expect(errors?["prescriber.npi"] == ["prescriber.npi must be exactly 10 digits."])
    }

    @Test("An order without an address is sent to the patient, and one with an address to that")
    func addressed() throws {
        var details = try Fixtures.details()
        details.suffix = "Jr."
        let own = try #require(try terms().addressed(to: details).shipTo)
        #expect(own.recipient == "Anna O'Neill-Ruiz Jr." && own.address1 == details.address1 && own.zip == details.zip)
        let other = ShipTo(recipient: "J", address1: "1", address2: nil, city: "C", state: "IL", zip: "62704")
        #expect(try terms(shipTo: other).addressed(to: details).shipTo == other)
    }

    @Test(
        "A parcel has the page of its carrier",
        arguments: [
            ("USPS", "9400 1118-99", "https://tools.usps.com/go/TrackConfirmAction?tLabels=9400111899"),
            ("U.S.P.S. Priority", "94", "https://tools.usps.com/go/TrackConfirmAction?tLabels=94"),
            ("ups ground", "1z999", "https://www.ups.com/track?tracknum=1Z999"),
            ("FedEx", "7712", "https://www.fedex.com/fedextrack/?trknbr=7712"), ("DHL", "1", nil),
            ("UPS", "1&x=2", nil), ("UPS", "é", nil), ("UPS", " ", nil), ("", "1", nil),
        ])
    func tracking(carrier: String, number: String, url: String?) {
        #expect(Order.Shipping(carrier: carrier, tracking: number, status: "In Transit").trackingURL == url)
    }
}
