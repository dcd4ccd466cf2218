package import PharmacyDomain

/// Pharmacies and their medications on the wire (guide, section 3).
package enum PharmacyResource {
    /// A pharmacy, with the guide's example.
    package static let pharmacy = ResponseResource<Pharmacy>(
        [
            ResponseMember("id", .uuid.described("The `pharmacy_id` of orders.")) { $0.id.json },
            ResponseMember("name", .string()) { .string($0.name) },
            ResponseMember("slug", .string()) { .string($0.slug) },
            ResponseMember("status", .oneOf(["active", "inactive"])) { .string($0.status.rawValue) },
            ResponseMember(
                "ships_to_states",
                .array(of: .oneOf(PatientRules.states)).described(
                    "The states that it ships to. Orders to other states are refused. Omitted if it has not said."),
                isOptional: true
            ) { $0.shipsToStates.map { .array($0.map(JSON.string)) } ?? .null },
        ],
        example: Pharmacy(
            id: Examples.listedPharmacy, name: "Main Street Pharmacy", slug: "main-street-pharmacy", status: .active))

    /// An item of the catalog, with the guide's example.
    package static let medication = ResponseResource<CatalogItem>(
        [
            ResponseMember(
                "medication_id",
                .string(maximum: OrderRules.medicationID.maximum)
                    .described("The `medication_id` of orders: opaque, and valid for this pharmacy only.")
            ) { .string($0.medicationID) },
            ResponseMember("name", .string()) { .string($0.name) },
            ResponseMember("strength", .string()) { .string($0.strength) },
            ResponseMember("form", .string()) { .string($0.form) },
            ResponseMember("formulation", .string()) { .string($0.formulation) },
            ResponseMember("quantity", .string()) { .string($0.quantity) },
            ResponseMember("quantity_units", .string()) { .string($0.quantityUnits) },
            ResponseMember(
                "schedule_code", .string().described("The DEA schedule; `L` for a drug that is not controlled.")
            ) { .string($0.scheduleCode) },
            ResponseMember("type", .string()) { .string($0.type) },
            ResponseMember("pharmacy", .string().described("The pharmacy's name.")) { .string($0.pharmacy) },
            ResponseMember("price", .price.described("US dollars.")) {
                .string($0.price.description)
            },
            ResponseMember(
                "price_as_of", .timestamp.described("When the pharmacy reported the price, at most 60 seconds ago.")
            ) { JSON($0.priceAsOf) },
        ], example: medicationExample)

    /// An item of the catalog in the bytes that the API sends.
    package static let medicationRendering = Rendering<CatalogItem>(version: 1, rendersDocument: false) {
        medication.encode($0).bytes
    }

    private static let medicationExample = CatalogItem(
        medicationID: "eyJpdiI6ImlwMzI2NnpF...", name: "Tirzepatide w/ NAD+ Vial", strength: "20mg/ml",
        form: "Injectable", formulation: "Tirzepatide 20mg/ml 3ml (60mg) w/ NAD+ Vial", quantity: "3",
        quantityUnits: "Milliliter", scheduleCode: "L", type: "Compound", pharmacy: "Kaduceus",
        price: Examples.price, priceAsOf: Examples.time)

    /// The components of the document.
    static let components: [(name: String, schema: Schema)] = [
        ("Pharmacy", pharmacy.schema), ("Medication", medication.schema),
    ]
}
