import PharmacyDomain
import Testing

@Suite("A request for an order")
struct OrderDraftTests {
    private func problems(_ body: JSON, egress: EgressPolicy = Fixtures.publicOnly) -> ValidationErrors? {
        #expect(throws: ValidationErrors.self) { try OrderDraft(parsing: body, egress: egress) }
    }

    @Test("The guide's example is one")
    func guide() throws {
        let draft = try OrderDraft(parsing: Fixtures.orderBody, egress: Fixtures.publicOnly)
        #expect(draft.terms.patientID.description == "135fef3b-b4ac-485f-b9bf-e8beef4990c7")
        #expect(draft.terms.pharmacyID.description == "a4f57791-c5a6-4e6a-8841-5a0d6bf5b9d1")
        #expect(draft.terms.medicationID == "eyJpIjoiMTI1MCJ9")
        #expect(draft.terms.dispenseQuantity == 4)
        #expect(draft.terms.daysSupply == 28)
        #expect(draft.terms.reference == "ORD-12345")
        #expect(draft.terms.customerReference == "CUST-789")
        #expect(draft.terms.memo == "Draft created via automation")
        #expect(draft.terms.clinicalNotes == "Patient tolerates therapy. Continue same dose.")
        #expect(draft.terms.webhookURLs.map(\.text) == ["https://your-app.com/webhooks/orders"])
        #expect(draft.expectedPrice == nil)
    }

    @Test("Four members are required, and all that are missing are told at once")
    func required() throws {
        let required = ["patient_id", "pharmacy_id", "medication_id", "dispense_quantity"]
        #expect(problems([:])?.fields.map(\.name) == required)
        let least = JSON.object(Fixtures.orderBody.members?.filter { required.contains($0.name) } ?? [])
        let terms = try OrderDraft(parsing: least, egress: Fixtures.publicOnly).terms
        #expect(terms.daysSupply == nil)
        #expect([terms.reference, terms.customerReference, terms.memo, terms.clinicalNotes] == [nil, nil, nil, nil])
        #expect(terms.webhookURLs.isEmpty)
        for name in required {
            #expect(problems(least.without(name))?.fields == [ValidationErrors.Field(name, "\(name) is required.")])
            #expect(
                problems(least.with(name, nil))?.fields == [ValidationErrors.Field(name, "\(name) must not be null.")])
        }
    }

    @Test(
        "Optional members may be null",
        arguments: [
            "days_supply", "order_id", "customer_id", "memo", "clinical_notes", "webhook_urls", "expected_price",
        ])
    func nullable(name: String) throws {
        #expect(throws: Never.self) {
            try OrderDraft(parsing: Fixtures.orderBody.with(name, nil), egress: Fixtures.publicOnly)
        }
    }

    @Test(
        "Quantities are whole numbers within the guide's bounds",
        arguments: [
            ("dispense_quantity", 1, true), ("dispense_quantity", 1000, true), ("dispense_quantity", 4.0, true),
            ("dispense_quantity", 0, false), ("dispense_quantity", 1001, false), ("dispense_quantity", -1, false),
            ("dispense_quantity", 1.5, false), ("dispense_quantity", 1e30, false), ("days_supply", 1, true),
            ("days_supply", 365, true), ("days_supply", 0, false), ("days_supply", 366, false),
            ("days_supply", 0.5, false),
        ] as [(String, JSON, Bool)])
    func quantities(name: String, value: JSON, isAccepted: Bool) {
        let body = Fixtures.orderBody.with(name, value)
        guard !isAccepted else {
            #expect(throws: Never.self) { try OrderDraft(parsing: body, egress: Fixtures.publicOnly) }
            return
        }
        let limit = name == "days_supply" ? 365 : 1000
        let sentence = "\(name) must be a whole number from 1 to \(limit)."
        #expect(problems(body)?.fields == [ValidationErrors.Field(name, sentence)])
    }

    @Test(
        "A text may be as long as the guide says and not one character longer",
        arguments: [
            ("order_id", 100), ("customer_id", 100), ("memo", 1024), ("clinical_notes", 2048), ("medication_id", 512),
        ])
    func lengths(name: String, limit: Int) {
        let longest = Fixtures.orderBody.with(name, .string(String(repeating: "é", count: limit)))
        #expect(throws: Never.self) { try OrderDraft(parsing: longest, egress: Fixtures.publicOnly) }
        let longer = Fixtures.orderBody.with(name, .string(String(repeating: "a", count: limit + 1)))
        #expect(
            problems(longer)?.fields == [ValidationErrors.Field(name, "\(name) must be at most \(limit) characters.")])
    }

    @Test(
        "A member of the wrong type is named",
        arguments: [
            ("patient_id", 7, "must be a string."), ("patient_id", "x", "must be a patient's uuid."),
            ("pharmacy_id", [], "must be a string."), ("pharmacy_id", "main-street", "must be a pharmacy's id."),
            ("medication_id", 1250, "must be a string."), ("medication_id", " ", "must not be blank."),
            ("dispense_quantity", "4", "must be an integer."), ("dispense_quantity", true, "must be an integer."),
            ("days_supply", "28", "must be an integer."), ("order_id", 12345, "must be a string."),
            ("customer_id", [:], "must be a string."), ("memo", ["x"], "must be a string."),
            ("clinical_notes", false, "must be a string."), ("webhook_urls", "https://a.com", "must be an array."),
            ("webhook_urls", [:], "must be an array."), ("expected_price", 188, "must be a string."),
            ("expected_price", "188", "must be a decimal with two places, like 188.00."),
            ("order_id", "a\nb", "must not contain control characters: it has U+000A (the 2nd character)."),
            ("memo", "a\u{0}b", "must not contain control characters: it has U+0000 (the 2nd character)."),
        ] as [(String, JSON, String)])
    func types(name: String, value: JSON, ending: String) {
        #expect(
            problems(Fixtures.orderBody.with(name, value))?.fields == [
                ValidationErrors.Field(name, "\(name) \(ending)")
            ])
    }

    @Test("Notes may have several lines", arguments: ["memo", "clinical_notes"])
    func lines(name: String) {
        #expect(throws: Never.self) {
            try OrderDraft(parsing: Fixtures.orderBody.with(name, "One.\r\n\tTwo."), egress: Fixtures.publicOnly)
        }
    }

    @Test("An expected price is read exactly")
    func expectedPrice() throws {
        let body = Fixtures.orderBody.with("expected_price", "188.00")
        #expect(try OrderDraft(parsing: body, egress: Fixtures.publicOnly).expectedPrice?.cents == 18800)
    }

    @Test("Up to five webhook URLs; a sixth is a problem of the list")
    func webhookCount() throws {
        let urls = (1...6).map { JSON.string("https://example.com/\($0)") }
        let five = Fixtures.orderBody.with("webhook_urls", .array(Array(urls.prefix(5))))
        #expect(try OrderDraft(parsing: five, egress: Fixtures.publicOnly).terms.webhookURLs.count == 5)
        let none = Fixtures.orderBody.with("webhook_urls", [])
        #expect(try OrderDraft(parsing: none, egress: Fixtures.publicOnly).terms.webhookURLs.isEmpty)
        let six = Fixtures.orderBody.with("webhook_urls", .array(urls))
        let expected = ValidationErrors.Field("webhook_urls", "webhook_urls must have at most 5 elements.")
        #expect(problems(six)?.fields == [expected])
    }

    @Test("A wrong webhook URL is named by its place in the list, and all that are wrong are")
    func webhookPlaces() {
        let body = Fixtures.orderBody.with(
            "webhook_urls", ["https://example.com", "http://example.com", 7, "nonsense", "https://127.0.0.1/"])
        #expect(
            problems(body)?.fields == [
                ValidationErrors.Field("webhook_urls.1", "webhook_urls.1 must be an https URL."),
                ValidationErrors.Field("webhook_urls.2", "webhook_urls.2 must be a string."),
                ValidationErrors.Field("webhook_urls.3", "webhook_urls.3 must be an absolute URL."),
                ValidationErrors.Field(
                    "webhook_urls.4", "webhook_urls.4 must not point to an address that is not public."),
            ])
    }

    @Test("A URL that stands twice is called once")
    func webhookTwice() throws {
        let body = Fixtures.orderBody.with(
            "webhook_urls", ["https://example.com/a", " https://example.com/a ", "https://example.com/b"])
        let urls = try OrderDraft(parsing: body, egress: Fixtures.publicOnly).terms.webhookURLs
        #expect(urls.map(\.text) == ["https://example.com/a", "https://example.com/b"])
    }

    @Test("Problems of every kind are told at once")
    func allAtOnce() {
        let body: JSON = [
            "patient_id": "x", "medication_id": 1, "dispense_quantity": 0, "days_supply": 366,
            "memo": .string(String(repeating: "a", count: 1025)), "webhook_urls": ["ftp://example.com"],
            "expected_price": "free",
        ]
        #expect(
            problems(body)?.fields.map(\.name) == [
                "patient_id", "pharmacy_id", "medication_id", "dispense_quantity", "days_supply", "memo",
                "webhook_urls.0", "expected_price",
            ])
    }
}

extension ValidationErrors.Field {
    fileprivate init(_ name: String, _ sentence: String) {
        var problems = ValidationErrors()
        problems.add(name, sentence)
        self = problems.fields[0]
    }
}
