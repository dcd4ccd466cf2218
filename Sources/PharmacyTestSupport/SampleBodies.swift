package import PharmacyDomain

/// Valid bodies of requests, for tests to change one member of.
package enum SampleBodies {
    /// A patient with every member.
    package static let patient: JSON = [
        "first_name": "Anna", "middle_name": "Maria", "last_name": "O'Neill-Ruiz", "date_of_birth": "1990-02-28",
        "gender": "F", "email": "anna@example.com", "phone_home": "2025550101", "phone_work": "2025550102",
        "phone_cell": "2025550103", "address1": "1 Main Street", "address2": "Apt 4", "city": "Springfield",
        "state": "IL", "zip": "62704", "external_id": "EXT-1",
    ]

    /// The guide's example of an order, word for word (Quick Start Guide, step 6).
    package static let order: JSON = [
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
}

extension JSON {
    /// The object with one member changed, or added at the end.
    package func with(_ name: String, _ value: JSON) -> JSON {
        .object((members ?? []).filter { $0.name != name } + [Member(name, value)])
    }

    package func without(_ name: String) -> JSON {
        .object((members ?? []).filter { $0.name != name })
    }
}
