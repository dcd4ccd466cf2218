import PharmacyDomain

/// The shapes of pharmacies and medications.
enum PharmacySchemas {
    /// The components of the document.
    static let components: [(name: String, schema: Schema)] = [("Pharmacy", pharmacy), ("Medication", medication)]

    /// A pharmacy.
    private static let pharmacy = Schema.object([
        .required(
            "id",
            .uuid.described("The `pharmacy_id` of orders.").example("d9d7d36f-c86b-49f7-a464-f0beb6cb2097")),
        .required("name", .string().example("Main Street Pharmacy")),
        .required("slug", .string().example("main-street-pharmacy")),
        .required("status", .oneOf(["active", "inactive"]).example("active")),
    ])

    /// An item of the catalog.
    private static let medication = Schema.object([
        .required(
            "medication_id",
            .string(maximum: OrderRules.medicationIDLimit)
                .described("The `medication_id` of orders: opaque, and good for this pharmacy only.")
                .example("eyJpdiI6ImlwMzI2NnpF...")),
        .required("name", .string().example("Tirzepatide w/ NAD+ Vial")),
        .required("strength", .string().example("20mg/ml")),
        .required("form", .string().example("Injectable")),
        .required("formulation", .string().example("Tirzepatide 20mg/ml 3ml (60mg) w/ NAD+ Vial")),
        .required("quantity", .string().example("3")),
        .required("quantity_units", .string().example("Milliliter")),
        .required(
            "schedule_code",
            .string().described("The DEA schedule; `L` for a drug that is not controlled.").example("L")),
        .required("type", .string().example("Compound")),
        .required("pharmacy", .string().described("The pharmacy's name.").example("Kaduceus")),
        .required(
            "price",
            .string(pattern: TextPattern.whole(TextPattern.price)).described("US dollars.").example("188.00")),
        .required("price_as_of", .timestamp.described("When the pharmacy named the price, at most 60 seconds ago.")),
    ])

    // MARK: Examples

    /// The guide's pharmacy.
    static let example: JSON = [
        "id": "d9d7d36f-c86b-49f7-a464-f0beb6cb2097", "name": "Main Street Pharmacy",
        "slug": "main-street-pharmacy", "status": "active",
    ]

    /// The guide's medication.
    static let medicationExample: JSON = [
        "medication_id": "eyJpdiI6ImlwMzI2NnpF...", "name": "Tirzepatide w/ NAD+ Vial", "strength": "20mg/ml",
        "form": "Injectable", "formulation": "Tirzepatide 20mg/ml 3ml (60mg) w/ NAD+ Vial", "quantity": "3",
        "quantity_units": "Milliliter", "schedule_code": "L", "type": "Compound", "pharmacy": "Kaduceus",
        "price": "188.00", "price_as_of": "2025-12-22T17:15:01+00:00",
    ]
}
