import HTTPTypes
import PharmacyDomain
import PharmacyServices

/// Pharmacies and their medications (guide, section 3).
enum PharmacyEndpoints {
    /// In the order of the guide.
    static let all = [list, medications]

    /// `GET pharmacies`.
    private static let list = Endpoint(
        Operation(
            "listPharmacies", .get, "pharmacies", tag: .pharmacies, summary: "List pharmacies",
            description: "The pharmacies that orders can be routed to. Use the `id` as `pharmacy_id` of an order.",
            responses: [
                Operation.Response(
                    .ok, "The pharmacies.", schema: .data(.array(of: .reference("Pharmacy"))),
                    example: ["data": [PharmacySchemas.example]],
                    links: [Operation.Link("listMedications", "pharmacy", from: "/data/0/id")])
            ])
    ) { request in
        .list(try await request.services.pharmacies.list(tenant: request.tenant).map(\.document))
    }

    /// `GET pharmacies/{pharmacy}/medications`.
    private static let medications = Endpoint(
        Operation(
            "listMedications", .get, "pharmacies/{pharmacy}/medications", tag: .pharmacies,
            summary: "Browse medications",
            description: """
                The pharmacy's catalogue with real-time prices, 25 items on each page. Prices are fetched from the \
                pharmacy and at most 60 seconds old. While its system does not answer, a list of up to 15 minutes ago is \
                served with `"stale": true`; after that, 503.
                """,
            parameters: [
                .path("pharmacy", "The pharmacy's id.", example: "a4f57791-c5a6-4e6a-8841-5a0d6bf5b9d1"),
                .page,
                .text(
                    "search", maximum: Catalog.searchLimit,
                    "Medications whose name contains this, in either case; at most 80 characters.",
                    example: "tirzepatide"),
            ],
            responses: [
                Operation.Response(
                    .ok, "A page of medications.",
                    schema: .page(of: .reference("Medication"), beside: [stale]),
                    example: [
                        "data": [PharmacySchemas.medicationExample],
                        "pagination": ["page": 1, "per_page": 25, "total": 163, "total_pages": 7],
                    ])
            ],
            errors: [.pharmacyUnavailable])
    ) { request in
        let (search, page) = try request.query { query in
            (query.text("search", maximum: Catalog.searchLimit), query.page(fixedPerPage: Catalog.perPage))
        }
        let medications = try await request.services.pharmacies.medications(
            of: request.id("pharmacy"), page: page, search: search, tenant: request.tenant)
        return .page(
            medications.page.map(Document.init),
            beside: medications.isStale ? [JSON.Member("stale", true)] : [])
    }

    /// The mark of an old list.
    private static let stale = Schema.Property.optional(
        "stale", .boolean.described("`true` where the pharmacy does not answer and the prices are older."))
}
