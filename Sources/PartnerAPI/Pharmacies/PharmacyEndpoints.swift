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
            description: """
                Lists the pharmacies that orders can be routed to. Use the `id` as `pharmacy_id` of an order.
                """,
            responses: [
                Operation.Response(
                    .ok, "The pharmacies.", schema: .data(.array(of: .reference("Pharmacy"))),
                    example: ["data": [PharmacyResource.pharmacy.exampleJSON]],
                    links: [Operation.Link("listMedications", "pharmacy", from: "/data/0/id")])
            ],
            errors: [.pharmacyUnavailable])
    ) { request in
        .list(
            try await request.services.pharmacies.list(tenant: request.tenant).map(PharmacyResource.pharmacy.encode))
    }

    /// `GET pharmacies/{pharmacy}/medications`.
    private static let medications = Endpoint(
        Operation(
            "listMedications", .get, "pharmacies/{pharmacy}/medications", tag: .pharmacies,
            summary: "Browse medications",
            description: """
                Lists the pharmacy's catalog with real-time prices, 25 items on each page. Prices come from the pharmacy \
                and are at most 60 seconds old. While its system does not respond, the latest list is returned with \
                `"stale": true` for up to 15 minutes; after that the response is 503. `Cache-Control: private, max-age` is the \
                number of seconds for which you may use the prices without asking again.
                """,
            parameters: [
                .path("pharmacy", "The pharmacy's id.", example: "a4f57791-c5a6-4e6a-8841-5a0d6bf5b9d1"),
                .page,
                .text(
                    "search", maximum: Catalog.searchLimit,
                    "Medications whose name contains this text, ignoring case; at most 80 characters.",
                    example: "tirzepatide"),
            ],
            responses: [
                Operation.Response(
                    .ok, "A page of medications.",
                    schema: .page(of: .reference("Medication"), adding: [stale]),
                    example: [
                        "data": [PharmacyResource.medication.exampleJSON],
                        "pagination": ["page": 1, "per_page": 25, "total": 163, "total_pages": 7],
                    ])
            ],
            errors: [.pharmacyUnavailable])
    ) { request in
        let (search, page) = try request.query { query in
            (query.text("search", maximum: Catalog.searchLimit), query.page(fixedPerPage: Catalog.perPage))
        }
        let medications = try await request.services.pharmacies.renderedMedications(
            of: request.id("pharmacy"), page: page, search: search, tenant: request.tenant)
        let response = PartnerResponse.page(
            medications.page, adding: medications.isStale ? [JSON.Member("stale", true)] : [])
        let seconds = medications.freshFor.components.seconds
        // Prices whose time is over must be asked for again, as all else.
        return seconds > 0 ? response.with(.cacheControl, "private, max-age=\(seconds)") : response
    }

    private static let stale = Schema.Property.optional(
        "stale", .boolean.described("`true` if the pharmacy does not respond and the prices are older than 60 seconds.")
    )
}
