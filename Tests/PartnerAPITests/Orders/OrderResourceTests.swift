import PharmacyDomain
import PharmacyTestSupport
import Testing

@testable import PartnerAPI

@Suite("An order from a request's body")
struct OrderResourceTests {
    private func problems(_ body: JSON, egress: EgressPolicy = .publicOnly) -> ValidationErrors? {
        #expect(throws: ValidationErrors.self) { try OrderDraft(parsing: body, egress: egress) }
    }

    @Test("The guide's example is valid")
    func guide() throws {
        let draft = try OrderDraft(parsing: SampleBodies.order, egress: .publicOnly)
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

    @Test("Four members are required, and every missing one is reported at once")
    func required() throws {
        let required = ["patient_id", "pharmacy_id", "medication_id", "dispense_quantity"]
        #expect(problems([:])?.fields.map(\.name) == required)
        let least = JSON.object(SampleBodies.order.members?.filter { required.contains($0.name) } ?? [])
        let terms = try OrderDraft(parsing: least, egress: .publicOnly).terms
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
            try OrderDraft(parsing: SampleBodies.order.with(name, nil), egress: .publicOnly)
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
        let body = SampleBodies.order.with(name, value)
        guard !isAccepted else {
            #expect(throws: Never.self) { try OrderDraft(parsing: body, egress: .publicOnly) }
            return
        }
        let limit = name == "days_supply" ? 365 : 1000
        let sentence = "\(name) must be a whole number from 1 to \(limit)."
        #expect(problems(body)?.fields == [ValidationErrors.Field(name, sentence)])
    }

    @Test(
        "A text may be at most as long as its limit",
        arguments: [
            ("order_id", 100), ("customer_id", 100), ("memo", 1024), ("clinical_notes", 2048), ("medication_id", 512),
        ])
    func lengths(name: String, limit: Int) {
        let longest = SampleBodies.order.with(name, .string(String(repeating: "é", count: limit)))
        #expect(throws: Never.self) { try OrderDraft(parsing: longest, egress: .publicOnly) }
        let longer = SampleBodies.order.with(name, .string(String(repeating: "a", count: limit + 1)))
        #expect(
            problems(longer)?.fields == [ValidationErrors.Field(name, "\(name) must be at most \(limit) characters.")])
    }

    @Test(
        "A member of the wrong type is reported by its name",
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
            problems(SampleBodies.order.with(name, value))?.fields == [
                ValidationErrors.Field(name, "\(name) \(ending)")
            ])
    }

    @Test("Notes may have several lines", arguments: ["memo", "clinical_notes"])
    func lines(name: String) {
        #expect(throws: Never.self) {
            try OrderDraft(parsing: SampleBodies.order.with(name, "One.\r\n\tTwo."), egress: .publicOnly)
        }
    }

    @Test("An expected price is read exactly")
    func expectedPrice() throws {
        let body = SampleBodies.order.with("expected_price", "188.00")
        #expect(try OrderDraft(parsing: body, egress: .publicOnly).expectedPrice?.cents == 18800)
    }

    @Test("Five webhook URLs are allowed; a sixth is an error of the list")
    func webhookCount() throws {
        let urls = (1...6).map { JSON.string("https://example.com/\($0)") }
        let five = SampleBodies.order.with("webhook_urls", .array(Array(urls.prefix(5))))
        #expect(try OrderDraft(parsing: five, egress: .publicOnly).terms.webhookURLs.count == 5)
        let none = SampleBodies.order.with("webhook_urls", [])
        #expect(try OrderDraft(parsing: none, egress: .publicOnly).terms.webhookURLs.isEmpty)
        let six = SampleBodies.order.with("webhook_urls", .array(urls))
        let expected = ValidationErrors.Field("webhook_urls", "webhook_urls must have at most 5 elements.")
        #expect(problems(six)?.fields == [expected])
    }

    @Test("Every invalid webhook URL is reported by its index")
    func webhookPlaces() {
        let body = SampleBodies.order.with(
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

    @Test("A URL that is listed twice is stored once")
    func webhookTwice() throws {
        let body = SampleBodies.order.with(
            "webhook_urls", ["https://example.com/a", " https://example.com/a ", "https://example.com/b"])
        let urls = try OrderDraft(parsing: body, egress: .publicOnly).terms.webhookURLs
        #expect(urls.map(\.text) == ["https://example.com/a", "https://example.com/b"])
    }

    @Test("Errors of every kind are reported at once")
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

extension OrderResourceTests {
    private static let context = WireContext(today: CalendarDate(Timestamp(milliseconds: 0)), egress: .publicOnly)

    @Test("The body of an order makes the same order again", arguments: 0..<100)
    func roundTrip(seed: UInt64) throws {
        var generator = SeededGenerator(seed: seed)
        let draft = generator.orderDraft()
        let members = OrderResource.draft.responseMembers.map { JSON.Member($0.name, $0.encode(draft)) }
        let body = try JSON.parse(JSON.object(members).bytes)
        #expect(try OrderDraft(parsing: body, egress: .publicOnly) == draft)
    }

    @Test("The document's example is a valid body, and makes the example")
    func example() throws {
        let draft = try OrderDraft(parsing: OrderResource.draft.exampleBody, egress: .publicOnly)
        #expect(draft == OrderResource.draft.example)
        #expect(throws: Never.self) { try draft.terms.validate() }
        #expect(OrderResource.draft.exampleBody == SampleBodies.order, "the guide's example")
    }

    @Test("The schema requires what the parser requires, and allows null where the parser does")
    func schema() {
        let schema = OrderResource.draft.schema.json
        #expect(schema["required"] == ["patient_id", "pharmacy_id", "medication_id", "dispense_quantity"])
        for property in schema["properties"]?.members ?? [] {
            let isNullable =
                property.value["type"]?.elements?.contains("null") == true
                || property.value["anyOf"]?.elements?.contains(["type": "null"]) == true
            let body = SampleBodies.order.with(property.name, nil)
            let isAccepted = (try? OrderDraft(parsing: body, egress: .publicOnly)) != nil
            #expect(isNullable == isAccepted, "\(property.name)")
        }
        #expect(schema["properties"]?["dispense_quantity"]?["maximum"] == 1000)
        #expect(schema["properties"]?["days_supply"]?["maximum"] == 365)
        #expect(schema["properties"]?["webhook_urls"]?["maxItems"] == 5)
    }

    @Test("An order that a dry run checked has no uuid, and is shown as the order would be")
    func preview() {
        var generator = SeededGenerator(seed: 1)
        let order = generator.order()
        let (preview, shown) = (OrderResource.preview.encode(order), OrderResource.order.encode(order))
        #expect(preview["uuid"] == .null && shown["uuid"] == .string(order.id.description))
        #expect(preview.without("uuid") == shown.without("uuid"))
        #expect(preview.members?.map(\.name) == shown.members?.map(\.name))
    }

    @Test(
        "The reason of a cancellation is optional",
        arguments: [([:], nil), (["reason": nil], nil), (["reason": " "], nil), (["reason": " Twice "], "Twice")]
            as [(JSON, String?)])
    func cancellation(body: JSON, reason: String?) throws {
        #expect(try OrderResource.cancellation.parse(body, OrderResourceTests.context).reason == reason)
    }

    @Test("A reason has at most 255 characters and is a string")
    func wrongCancellation() {
        let long = JSON.string(String(repeating: "a", count: 256))
        let cases: [(JSON, String)] = [
            (long, "reason must be at most 255 characters."), (7, "reason must be a string."),
        ]
        for (reason, sentence) in cases {
            let errors = #expect(throws: ValidationErrors.self) {
                try OrderResource.cancellation.parse(["reason": reason], OrderResourceTests.context)
            }
            #expect(errors?.fields == [ValidationErrors.Field("reason", sentence)])
        }
    }

    @Test("A sandbox order is advanced to one of the statuses")
    func advance() throws {
        for status in OrderStatus.allCases {
            let body: JSON = ["status": .string(status.rawValue)]
            #expect(try OrderResource.advance.parse(body, OrderResourceTests.context) == status)
        }
        let cases: [(JSON, String)] = [
            ([:], "status is required."), (["status": nil], "status must not be null."),
            (["status": "lost"], "status must be one of the order statuses."),
            (["status": 1], "status must be a string."),
        ]
        for (body, sentence) in cases {
            let errors = #expect(throws: ValidationErrors.self) {
                try OrderResource.advance.parse(body, OrderResourceTests.context)
            }
            #expect(errors?.fields == [ValidationErrors.Field("status", sentence)])
        }
    }
}

extension ValidationErrors.Field {
    fileprivate init(_ name: String, _ sentence: String) {
        var problems = ValidationErrors()
        problems.add(name, sentence)
        self = problems.fields[0]
    }
}
