package import PharmacyDomain
internal import PharmacyStore

extension OperatorService {
    /// The items that background work fails on, oldest first.
    /// - Parameter name: only this tenant's; `nil`: all tenants'.
    /// - Returns: for each `id`, `tenant`, `work`, `item`, `reason`, `tries`, `first_failed_at`, `last_failed_at`,
    ///   `next_try_at` (`null`: only `retryQuarantined` tries the item again).
    package func quarantinedItems(ofTenant name: String?) async throws -> [JSON] {
        try await environment.store.systemRead { scope in
            let names = try OperatorService.names(name, in: scope)
            let only = name == nil ? nil : names.keys.first
            return try scope.quarantinedItems(of: only, limit: ServiceLimits.quarantineListed)
                .map { OperatorService.document($0, tenant: names[$0.key.tenant]) }
        }
    }

    /// Makes items due now, with their count of tries set back to 0.
    /// - Parameters:
    ///   - ids: only these items; empty: all.
    ///   - name: only this tenant's; `nil`: all tenants'.
    /// - Returns: `retried`, how many.
    /// - Throws: `OperationError.noSuchItem` for an unknown id; no item is changed then.
    package func retryQuarantined(_ ids: [Int64], ofTenant name: String?) async throws -> JSON {
        let now = environment.now
        var retried = 0
        var after: Int64 = 0
        if ids.isEmpty {
            // Each page is a transaction of its own, so that requests wait only briefly.
            while true {
                let start = after
                let items = try await environment.store.systemWrite { scope in
                    let only = try name.map { try OperatorService.names($0, in: scope).keys.first } ?? nil
                    let page = try scope.quarantinedItems(of: only, after: start, limit: ServiceLimits.quarantineBatch)
                    try OperatorService.retry(page, in: scope, at: now)
                    return page
                }
                retried += items.count
                guard items.count == ServiceLimits.quarantineBatch, let last = items.last else { break }
                after = last.id
            }
        } else {
            retried = try await environment.store.systemWrite { scope in
                let items = try ids.map { id in
                    guard let item = try scope.quarantinedItem(id) else { throw OperationError.noSuchItem(id) }
                    return item
                }
                try OperatorService.retry(items, in: scope, at: now)
                return items.count
            }
        }
        environment.quarantine.invalidate()
        return ["retried": JSON(retried)]
    }

    private static func retry(_ items: [QuarantinedItem], in scope: SystemScope, at now: Timestamp) throws {
        for item in items {
            if item.key.work == .delivery { try scope.restartFailedDelivery(item.key, at: now) }
            try scope.retryQuarantined(item, at: now)
            scope.audit(
                .quarantineRetried, ["\(item.key.work.rawValue)/\(item.key.item)"], tenant: item.key.tenant, at: now)
        }
    }

    private static func names(_ name: String?, in scope: SystemScope) throws -> [TenantID: String] {
        let tenants = try name.map { name in [try OperatorService.tenant(called: name, in: scope)] }
        return Dictionary(try (tenants ?? scope.tenants()).map { ($0.id, $0.name) }, uniquingKeysWith: { $1 })
    }

    private static func document(_ item: QuarantinedItem, tenant: String?) -> JSON {
        [
            "id": JSON(Int(item.id)), "tenant": JSON(tenant), "work": .string(item.key.work.rawValue),
            "item": .string(item.key.item), "reason": .string(item.reason.rawValue), "tries": JSON(item.tries),
            "first_failed_at": JSON(item.firstFailedAt), "last_failed_at": JSON(item.lastFailedAt),
            "next_try_at": JSON(item.nextTryAt),
        ]
    }
}
