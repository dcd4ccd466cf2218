internal import HTTPTypes
internal import PartnerAPI
internal import PharmacyDomain
internal import PharmacyServices

/// The pharmacies, and the catalog of each with its prices now and since the sign-in.
enum PharmacyPages {
    static let path = "\(Dashboard.path)/pharmacies"

    static let routes = [
        DashboardRoute(.get, "pharmacies", handler: list),
        DashboardRoute(.get, "pharmacies/{id}", refreshesAt: .records, handler: catalog),
    ]

    private static func list(_ visit: DashboardVisit) async throws -> DashboardResponse {
        let pharmacies = try await visit.services.pharmacies.list(tenant: visit.tenant)
        let freshness = await visit.services.pharmacies.freshness(tenant: visit.tenant)
        let rows = pharmacies.map { pharmacy -> [String: Any] in
            let known = freshness.first { $0.pharmacy == pharmacy.id }
            return [
                "name": pharmacy.name, "id": pharmacy.id.description, "url": "\(path)/\(pharmacy.id)",
                "isKnown": known != nil, "asOf": known.map { HubTime($0.asOf).context } ?? [:],
            ]
        }
        return .page(
            DashboardPage(
                title: "Pharmacies", section: path, template: "dashboard-pharmacies",
                context: ["pharmacies": rows, "hasPharmacies": !rows.isEmpty]))
    }

    private static func catalog(_ visit: DashboardVisit) async throws -> DashboardResponse {
        let id: PharmacyID = try visit.id()
        let search = visit.filter("search").map { String($0.prefix(Catalog.searchLimit)) }
        let number = visit.filter("page").flatMap { Int($0) } ?? 1
        let request = PageRequest(page: min(max(1, number), PageRequest.maximumPage), perPage: Catalog.perPage)
        let pharmacies = visit.services.pharmacies
        let found = try await pharmacies.medications(
            of: id, page: request, filter: CatalogFilter(search: search), tenant: visit.tenant)
        let signedInAt = visit.signedIn.session.createdAt
        let (prices, begin) = await pharmacies.prices(
            of: found.page.items, pharmacy: id, since: signedInAt, tenant: visit.tenant)
        let isKnownLater = begin.map { $0 > signedInAt } ?? false
        let (path, page) = ("\(path)/\(id)", found.page)
        let hasNext = request.page < page.totalPages ?? 0
        let name = page.items.first?.pharmacy ?? "Catalog"
        return .page(
            DashboardPage(
                title: name, section: PharmacyPages.path, template: "dashboard-catalog",
                context: [
                    "name": name, "url": path, "id": id.description, "search": search ?? "",
                    "isFiltered": search != nil, "total": page.total ?? 0, "isOne": page.total == 1,
                    "isStale": found.isStale, "asOf": page.items.first.map { HubTime($0.priceAsOf).context } ?? [:],
                    "isKnownLater": isKnownLater, "begin": begin.map { HubTime($0).context } ?? [:],
                    "servedFor": Catalog.servedFor.inWords, "hasItems": !page.items.isEmpty,
                    "items": page.items.map { row($0, prices: prices[$0.medicationID] ?? []) },
                    "hasPreviousPage": request.page > 1, "hasNextPage": hasNext,
                    "previousPage": visit.url(path, setting: "page", to: String(request.page - 1)),
                    "nextPage": visit.url(path, setting: "page", to: String(request.page + 1)),
                ]))
    }

    private static func row(_ item: CatalogItem, prices: [PriceHistory.Entry]) -> [String: Any] {
        let first = prices.first?.price
        let difference = item.price.cents - (first?.cents ?? item.price.cents)
        let amount = Price(cents: abs(difference))?.description ?? ""
        return [
            "name": item.name, "strength": item.strength, "form": item.form,
            "quantity": "\(item.quantity) \(item.quantityUnits)", "schedule": item.scheduleCode,
            "price": item.price.description, "medicationID": item.medicationID, "hasHistory": prices.count > 1,
            "difference": difference == 0 ? "unchanged" : "\(difference > 0 ? "+" : "−")$\(amount)",
            "prices": prices.reversed().map {
                ["price": $0.price.description, "at": HubTime($0.at).context] as [String: Any]
            },
        ]
    }
}
