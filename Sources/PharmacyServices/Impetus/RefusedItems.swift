internal import Logging
internal import Metrics
internal import PharmacyDomain
internal import Synchronization

/// Tells the operator which items are left out: each in a line of the log, once until it changes, and as a count.
final class RefusedItems: Sendable {
    /// A list that items are left out of.
    enum List: Hashable, Sendable {
        case pharmacies(TenantID)
        case catalog(TenantID, PharmacyID)
        case reports(TenantID, OrderID)
    }

    /// What of each list has been logged and was wrong when the list was last read.
    private let logged = Mutex<[List: Set<RefusedItem>]>([:])
    private let logger: Logger

    init(logger: Logger) {
        self.logger = logger
    }

    /// - Parameter refused: everything that was left out of the list just now.
    func note(_ refused: [RefusedItem], of list: List) {
        for item in refused { list.counter(item.cause).increment() }
        let fresh = logged.withLock { logged in
            let known = logged[list] ?? []
            if refused.isEmpty {
                logged[list] = nil
            } else {
                if known.isEmpty, logged.count >= ServiceLimits.cacheEntries { logged = [:] }
                logged[list] = Set(refused)
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
        case .pharmacies: "a pharmacy that is not as agreed is left out: the pharmacy system has to mend it"
        case .catalog: "a product that is not as agreed is left out: the pharmacy system has to mend it"
        case .reports: "a report that is not as agreed is left out: the pharmacy system has to mend it"
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
