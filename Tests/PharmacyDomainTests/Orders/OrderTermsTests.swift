import PharmacyDomain
import PharmacyTestSupport
import Testing

@Suite("Terms of an order created in code")
struct OrderTermsTests {
    /// Terms that differ from the guide's example in what is given.
    struct Terms: Sendable, CustomTestStringConvertible {
        var medicationID = "eyJpIjoiMTI1MCJ9"
        var quantity = 4
        var daysSupply: Int? = 28
        var reference: String? = "ORD-12345"
        var customerReference: String? = "CUST-789"
        var memo: String? = "Two\nlines"
        var clinicalNotes: String? = "Two\nlines"
        var urls = 1
        /// What is wrong.
        var errors: [String] = []

        var testDescription: String { errors.first ?? "valid" }

        func made() throws -> OrderTerms {
            OrderTerms(
                patientID: try #require(PatientID(Fixtures.uuid)), pharmacyID: try #require(PharmacyID(Fixtures.uuid)),
                medicationID: medicationID, dispenseQuantity: quantity, daysSupply: daysSupply, reference: reference,
                customerReference: customerReference, memo: memo, clinicalNotes: clinicalNotes,
                webhookURLs: (0..<urls).map { WebhookURL(stored: "https://example.com/\($0)") })
        }
    }

    private static func long(_ count: Int) -> String { String(repeating: "é", count: count) }

    static let validTerms: [Terms] = [
        Terms(), Terms(quantity: 1, daysSupply: 1, urls: 0), Terms(quantity: 1000, daysSupply: 365, urls: 5),
        Terms(daysSupply: nil, reference: nil, customerReference: nil, memo: nil, clinicalNotes: nil),
        Terms(
            medicationID: long(512), reference: long(100), customerReference: long(100), memo: long(1024),
            clinicalNotes: long(2048)),
    ]

    static let brokenTerms: [Terms] = [
        Terms(medicationID: long(513), errors: ["medication_id must be at most 512 characters."]),
        Terms(medicationID: "", errors: ["medication_id must not be blank."]),
        Terms(quantity: 0, errors: ["dispense_quantity must be a whole number from 1 to 1000."]),
        Terms(quantity: 1001, errors: ["dispense_quantity must be a whole number from 1 to 1000."]),
        Terms(daysSupply: 0, errors: ["days_supply must be a whole number from 1 to 365."]),
        Terms(daysSupply: 366, errors: ["days_supply must be a whole number from 1 to 365."]),
        Terms(reference: long(101), errors: ["order_id must be at most 100 characters."]),
        Terms(reference: " ", errors: ["order_id must not be blank."]),
        Terms(customerReference: long(101), errors: ["customer_id must be at most 100 characters."]),
        Terms(memo: long(1025), errors: ["memo must be at most 1024 characters."]),
        Terms(
            memo: "a\u{0}",
            errors: ["memo must not contain control characters: it has U+0000 (the 2nd character)."]),
        Terms(clinicalNotes: long(2049), errors: ["clinical_notes must be at most 2048 characters."]),
        Terms(
            clinicalNotes: " note",
            errors: [
                "clinical_notes must have no white space around it and be in Unicode Normalization Form C."
            ]),
        Terms(urls: 6, errors: ["webhook_urls must have at most 5 elements."]),
        Terms(
            medicationID: " ", quantity: -1, memo: "", urls: 9,
            errors: [
                "medication_id must not be blank.", "dispense_quantity must be a whole number from 1 to 1000.",
                "memo must not be blank.", "webhook_urls must have at most 5 elements.",
            ]),
    ]

    @Test("Terms that follow every rule are valid", arguments: validTerms)
    func valid(terms: Terms) throws {
        let terms = try terms.made()
        #expect(throws: Never.self) { try terms.validate() }
    }

    @Test("Generated terms are valid", arguments: 0..<100)
    func generated(seed: UInt64) {
        var generator = SeededGenerator(seed: seed)
        let terms = generator.orderTerms()
        #expect(throws: Never.self) { try terms.validate() }
    }

    @Test("Terms that break rules are refused with every member's message", arguments: brokenTerms)
    func broken(terms: Terms) throws {
        let made = try terms.made()
        let errors = #expect(throws: ValidationErrors.self) { try made.validate() }
        #expect(errors?.fields.flatMap(\.sentences) == terms.errors)
    }
}
