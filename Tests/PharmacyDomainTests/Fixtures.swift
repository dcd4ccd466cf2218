import PharmacyDomain
import Testing

/// Bodies and values that are right, for tests to spoil one member of.
enum Fixtures {
    static let now = Timestamp(milliseconds: 1_766_423_701_000)
    static let uuid = "135fef3b-b4ac-485f-b9bf-e8beef4990c7"
    static let publicOnly = EgressPolicy(tenant: .live, servedOnLoopback: false)

    /// The day of `now`.
    static func today() throws -> CalendarDate { try #require(CalendarDate(year: 2025, month: 12, day: 22)) }

    static let patientBody: JSON = [
        "first_name": "Anna", "middle_name": "Maria", "last_name": "O'Neill-Ruiz", "date_of_birth": "1990-02-28",
        "gender": "F", "email": "anna@example.com", "phone_home": "2025550101", "phone_work": "2025550102",
        "phone_cell": "2025550103", "address1": "1 Main Street", "address2": "Apt 4", "city": "Springfield",
        "state": "IL", "zip": "62704", "external_id": "EXT-1",
    ]

    static func details() throws -> PatientDetails {
        try PatientDetails(parsing: patientBody, today: today())
    }

    /// The guide's example of an order, word for word (Quick Start Guide, step 6).
    static let orderBody: JSON = [
        "patient_id": "135fef3b-b4ac-485f-b9bf-e8beef4990c7",
        "pharmacy_id": "a4f57791-c5a6-4e6a-8841-5a0d6bf5b9d1",
        "medication_id": "eyJpIjoiMTI1MCJ9",
        "dispense_quantity": 4,
        "days_supply": 28,
        "order_id": "ORD-12345",
        "customer_id": "CUST-789",
        "memo": "Draft created via automation",
        "clinical_notes": "Patient tolerates therapy. Continue same dose.",
        "webhook_urls": ["https://your-app.com/webhooks/orders"],
    ]

    static let medication: JSON = [
        "medication_id": "eyJpIjoiMTI1MCJ9", "name": "Tirzepatide w/ NAD+ Vial", "price": "188.00",
    ]

    static let shipping = Order.Shipping(carrier: "USPS", tracking: "9400111899223033005012", status: "In Transit")

    /// The order of `body`, just placed, and its first event.
    static func placed(_ body: JSON = orderBody) throws -> (order: Order, event: OrderEvent) {
        let draft = try OrderDraft(parsing: body, egress: publicOnly)
        let id = try #require(OrderID("fd44a635-6d0c-47fa-8343-e0d604d46992"))
        return Order.placed(id: id, terms: draft.terms, medication: medication, at: now)
    }
}

extension JSON {
    /// The object with one member changed or added.
    func with(_ name: String, _ value: JSON) -> JSON {
        .object((members ?? []).filter { $0.name != name } + [Member(name, value)])
    }

    func without(_ name: String) -> JSON {
        .object((members ?? []).filter { $0.name != name })
    }

    /// The value in UTF-8, as a string.
    var written: String { String(decoding: bytes, as: UTF8.self) }
}
