import HTTPTypes
import PharmacyDomain
import PharmacyServices

/// Pharmacies and their medications (guide, section 3).
enum PharmacyEndpoints {
    /// In the order of the guide.
    static let all = [list, medications, medication]

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
            errors: [.pharmacyUnavailable], isCompressible: true)
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
                Lists the pharmacy's catalog with real-time prices, 25 items on each page unless you ask for another number. \
                An item must match all filters. Prices come from the pharmacy and are at most 60 seconds old. While its system does not respond, the latest list is returned with \
                `"stale": true` for up to 15 minutes; after that the response is 503. `Cache-Control: private, max-age` is the \
                number of seconds for which you may use the prices without asking again.
                """,
            parameters: [
                .path("pharmacy", "The pharmacy's id.", example: "a4f57791-c5a6-4e6a-8841-5a0d6bf5b9d1"),
                .page,
                .query(
                    "per_page", .integer(1, PageRequest.maximumPerPage).defaulting(to: JSON(Catalog.perPage)),
                    "Items on each page, at most 100; the default is 25.", example: 25),
                .text(
                    "search", maximum: Catalog.searchLimit,
                    "Medications whose name contains this text, ignoring case; at most 80 characters.",
                    example: "tirzepatide"),
                filter("form", "in this form", example: "Injectable"),
                filter("strength", "of this strength", example: "20mg/ml"),
                filter("type", "of this type", example: "Compound"),
                filter("schedule_code", "in this DEA schedule; `L`: not controlled", example: "L"),
                .query(
                    "sort", .oneOf(CatalogFilter.Order.self),
                    "The order of the list; a minus sign reverses it. By default, the order is the pharmacy's.",
                    example: "price"),
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
            errors: [.pharmacyUnavailable], isCompressible: true)
    ) { request in
        let (filter, page) = try request.query { query in
            (query.catalogFilter(), query.page(perPage: Catalog.perPage))
        }
        let medications = try await request.services.pharmacies.renderedMedications(
            of: request.id("pharmacy"), page: page, filter: filter, tenant: request.tenant)
        // All that the body consists of, so that the items need not be read again.
        let rest = "\(page.page) \(page.perPage) \(medications.page.total ?? 0) \(medications.isStale)"
        return PartnerResponse.page(medications.page, adding: medications.isStale ? [JSON.Member("stale", true)] : [])
            .with(EntityTag(of: medications.digests + Array(rest.utf8)))
            .fresh(for: medications.freshFor)
    }

    /// `GET medications/{medication_id}`.
    private static let medication = Endpoint(
        Operation(
            "getMedication", .get, "medications/{medication_id}", tag: .pharmacies, summary: "Get a medication",
            description: """
                Returns one medication with its real-time price, for example that of an order that you want to repeat. It is a \
                404 when its pharmacy does not list it any more.
                """,
            parameters: [
                Operation.Parameter(
                    name: "medication_id", location: .path,
                    schema: .string(maximum: OrderRules.medicationID.maximum),
                    description: "From a pharmacy's catalog, or from an order.",
                    example: PharmacyResource.medication.exampleJSON["medication_id"])
            ],
            responses: [
                Operation.Response(
                    .ok, "The medication.", schema: .data(.reference("Medication")),
                    example: ["data": PharmacyResource.medication.exampleJSON])
            ],
            errors: [.pharmacyUnavailable])
    ) { request in
        guard let id = request.pathText("medication_id") else { throw APIError(.notFound) }
        let found = try await request.services.pharmacies.medication(id, tenant: request.tenant)
        return PartnerResponse.data(PharmacyResource.medication.encode(found.item)).fresh(for: found.freshFor)
    }

    /// A filter that is compared with a whole text.
    private static func filter(_ name: String, _ meaning: String, example: JSON) -> Operation.Parameter {
        .text(name, maximum: Catalog.filterLimit, "Medications \(meaning); case does not matter.", example: example)
    }

    private static let stale = Schema.Property.optional(
        "stale", .boolean.described("`true` if the pharmacy does not respond and the prices are older than 60 seconds.")
    )
}

extension QueryReader {
    /// Reads the filters of a catalog.
    fileprivate mutating func catalogFilter() -> CatalogFilter {
        var filter = CatalogFilter(search: text("search", maximum: Catalog.searchLimit))
        filter.form = text("form", maximum: Catalog.filterLimit)
        filter.strength = text("strength", maximum: Catalog.filterLimit)
        filter.type = text("type", maximum: Catalog.filterLimit)
        filter.scheduleCode = text("schedule_code", maximum: Catalog.filterLimit)
        filter.order = choice("sort")
        return filter
    }
}

extension PartnerResponse {
    /// The same response, which its client may use for some time without asking again. A time of less than a second is over
    /// when the response arrives.
    fileprivate func fresh(for time: Duration) -> PartnerResponse {
        let seconds = time.components.seconds
        return seconds > 0 ? with(.cacheControl, "private, max-age=\(seconds)") : self
    }
}
