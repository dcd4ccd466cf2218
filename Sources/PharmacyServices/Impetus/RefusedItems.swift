internal import Logging
internal import Metrics
internal import PharmacyDomain
internal import Synchronization

/// Logs and counts the items that are left out. Each is logged once, and again when it changes.
final class RefusedItems: Sendable {
    /// A list from which items are left out.
    enum List: Hashable, Sendable {
        case pharmacies(TenantID)
        case catalog(TenantID, PharmacyID)
        case reports(TenantID, OrderID)
    }

    /// The items of each list that were wrong when the list was last read; all of them have been logged.
    private let logged = Mutex(BoundedCache<List, Set<RefusedItem>>(capacity: ServiceLimits.cacheEntries))
    private let logger: Logger

    init(logger: Logger) {
        self.logger = logger
    }

    /// - Parameter refused: all items that were left out of the list just now.
    func note(_ refused: [RefusedItem], of list: List) {
        for item in refused { list.counter(item.cause).increment() }
        let fresh = logged.withLock { logged in
            let known = logged[list] ?? []
            if refused.isEmpty {
                logged.removeValue(for: list)
            } else {
                logged.insert(Set(refused), for: list)
            }
            return refused.filter { !known.contains($0) }
        }
        for item in fresh.prefix(ServiceLimits.refusedItemsLogged) {
            logger.warning(
                "\(list.warning)",
                metadata: list.metadata.merging(["item": "\(item.name)", "cause": "\(item.cause)"]) { $1 })
        }
        if fresh.count > ServiceLimits.refusedItemsLogged {
            logger.warning(
                "more items of the same list are left out",
                metadata: list.metadata.merging(["count": "\(fresh.count - ServiceLimits.refusedItemsLogged)"]) { $1 })
        }
    }
}

extension RefusedItems.List {
    var warning: String {
        switch self {
        case .pharmacies: "a pharmacy that is not as agreed is left out: the pharmacy system has to correct it"
        case .catalog: "a product that is not as agreed is left out: the pharmacy system has to correct it"
        case .reports: "a report that is not as agreed is left out: the pharmacy system has to correct it"
        }
    }

    var metadata: Logger.Metadata {
        switch self {
        case .pharmacies(let tenant): ["tenant": "\(tenant)"]
        case .catalog(let tenant, let pharmacy): ["tenant": "\(tenant)", "pharmacy": "\(pharmacy)"]
        case .reports(let tenant, let order): ["tenant": "\(tenant)", "order": "\(order)"]
        }
    }

    /// Counts an item each time it is left out, so that the rate shows whether it still is.
    func counter(_ cause: String) -> Counter {
        switch self {
        case .pharmacies: Counter(label: "pharmacies_refused_total", dimensions: [("cause", cause)])
        case .catalog: Counter(label: "catalogue_products_refused_total", dimensions: [("cause", cause)])
        case .reports: Counter(label: "order_reports_refused_total", dimensions: [("reason", "malformed")])
        }
    }
}
