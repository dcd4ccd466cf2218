internal import Logging
internal import Metrics
internal import PharmacyDomain
internal import Synchronization

/// An item of a list of the pharmacies' system that is not as agreed. It is left out, and the others of the list are taken:
/// one wrong product must not make a catalogue old, nor one wrong report keep an order from its end.
struct RefusedItem: Hashable, Sendable {
    /// The system's id of it where that can be read, or else its place in the list.
    let name: String
    /// The member that is wrong, or `duplicate`: one of the agreed names, never a value.
    let cause: String
    /// Tells one wrong item from another of the same name.
    let fingerprint: Int

    init(_ item: JSON, at place: Int, id: String?, cause: String) {
        name = id ?? "#\(place)"
        self.cause = cause
        fingerprint = item.hashValue
    }
}

/// Tells the operator which items are left out: each in a line of the log, once until it changes, and as a count.
final class RefusedItems: Sendable {
    /// A list that items are left out of.
    enum List: Hashable, Sendable {
        case pharmacies(TenantID)
        case catalogue(TenantID, PharmacyID)
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
    fileprivate var warning: String {
        switch self {
        case .pharmacies: "a pharmacy that is not as agreed is left out: the pharmacy system has to mend it"
        case .catalogue: "a product that is not as agreed is left out: the pharmacy system has to mend it"
        case .reports: "a report that is not as agreed is left out: the pharmacy system has to mend it"
        }
    }

    fileprivate var metadata: Logger.Metadata {
        switch self {
        case .pharmacies(let tenant): ["tenant": "\(tenant)"]
        case .catalogue(let tenant, let pharmacy): ["tenant": "\(tenant)", "pharmacy": "\(pharmacy)"]
        case .reports(let tenant, let order): ["tenant": "\(tenant)", "order": "\(order)"]
        }
    }

    /// Counts an item each time it is left out, so that the rate shows whether it still is.
    fileprivate func counter(_ cause: String) -> Counter {
        switch self {
        case .pharmacies: Counter(label: "pharmacies_refused_total", dimensions: [("cause", cause)])
        case .catalogue: Counter(label: "catalogue_products_refused_total", dimensions: [("cause", cause)])
        case .reports: Counter(label: "order_reports_refused_total", dimensions: [("reason", "malformed")])
        }
    }
}
