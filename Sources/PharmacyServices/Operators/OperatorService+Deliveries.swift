package import PharmacyDomain
internal import PharmacyStore

/// Webhook deliveries for operators: without payloads, receivers' responses, and the parts of URLs that may hold secrets.
extension OperatorService {
    /// Which deliveries an operator lists.
    package struct DeliverySelection: Sendable {
        /// The tenant's name or id; `nil`: all tenants.
        package var tenant: String?
        package var status: Delivery.Status?
        package var order: OrderID?
        /// 1 to `ServiceLimits.deliveriesListed`.
        package var limit: Int

        package init(tenant: String?, status: Delivery.Status?, order: OrderID?, limit: Int) {
            self.tenant = tenant
            self.status = status
            self.order = order
            self.limit = limit
        }
    }

    /// Deliveries, the newest first. Writes the listed ones to the audit log.
    /// - Returns: for each `id`, `tenant`, `order` and `sequence` (`null` for an event of an endpoint), `event`, `url`, `status`, `attempts`, `next_attempt_at`,
    ///   `created_at`, `completed_at`.
    package func deliveries(_ selection: DeliverySelection) async throws -> [JSON] {
        var filter = DeliveryFilter()
        filter.status = selection.status
        filter.orderID = selection.order
        let (wanted, page) = (filter, PageRequest(page: 1, perPage: selection.limit))
        var found: [(tenant: Tenant, delivery: DeliveryRecord)] = []
        for tenant in try await tenants(selection) {
            let deliveries = try await environment.store.read(tenant.id) { try $0.deliveries(wanted, page: page).items }
            // No more are held in memory than are shown, however many tenants there are.
            found = Array(
                (found + deliveries.map { (tenant, $0) }).sorted { $0.delivery.createdAt > $1.delivery.createdAt }
                    .prefix(selection.limit))
        }
        let now = environment.now
        for (tenant, shown) in Dictionary(grouping: found, by: \.tenant.id) {
            let ids = shown.map(\.delivery.id.description)
            try await environment.store.write(tenant) { scope in
                for start in stride(from: 0, to: ids.count, by: PageRequest.maximumPerPage) {
                    scope.audit(
                        .deliveryListed, Array(ids[start...].prefix(PageRequest.maximumPerPage)), at: now)
                }
            }
        }
        return found.map { .object($0.delivery.members(of: $0.tenant)) }
    }

    /// One delivery. Writes to the audit log that it was read.
    /// - Returns: as in the list, with `event_id` and `attempt_log`: for each attempt `at`, `status_code`, `duration_ms`,
    ///   `error`.
    /// - Throws: `OperationError.noSuchDelivery`.
    package func delivery(_ text: String) async throws -> JSON {
        let now = environment.now
        let (id, tenant) = try await environment.store.systemRead { try OperatorService.found(text, in: $0) }
        return try await environment.store.write(tenant.id) { scope in
            guard let delivery = try scope.delivery(id) else { throw OperationError.noSuchDelivery(text) }
            scope.audit(.deliveryRead, [id.description], at: now)
            let attempts = try scope.attempts(of: delivery).map { attempt in
                JSON.object((attempt.document.members ?? []).filter { $0.name != "response" })
            }
            return .object(
                delivery.members(of: tenant) + [
                    JSON.Member("event_id", .string(delivery.eventID.description)),
                    JSON.Member("attempt_log", .array(attempts)),
                ])
        }
    }

    /// Makes finished deliveries due again, with all their retries. If one cannot be, none is changed.
    /// - Returns: `redelivered`, how many.
    /// - Throws: `OperationError.noSuchDelivery`, `OperationError.deliveryPending`.
    package func redeliver(_ ids: [String]) async throws -> JSON {
        let now = environment.now
        try await environment.store.systemWrite { scope in
            for text in ids {
                let (id, tenant) = try OperatorService.found(text, in: scope)
                switch try scope.tenant(tenant.id).redeliver(id, at: now) {
                case .started: break
                case .notFound: throw OperationError.noSuchDelivery(text)
                case .pending: throw OperationError.deliveryPending(text)
                }
            }
        }
        return ["redelivered": JSON(ids.count)]
    }

    /// Makes all deliveries due again that have failed since a given time.
    /// - Parameter tenant: only this tenant's, by name or id; `nil`: all tenants'.
    /// - Returns: `redelivered`, how many.
    package func redeliver(failedSince since: Timestamp, ofTenant tenant: String?) async throws -> JSON {
        let selection = DeliverySelection(tenant: tenant, status: nil, order: nil, limit: 1)
        let now = environment.now
        var count = 0
        for tenant in try await tenants(selection) {
            while true {
                // Each batch is a transaction of its own, so that requests hardly wait.
                let batch = try await environment.store.write(tenant.id) {
                    try $0.redeliverFailed(since: since, url: nil, limit: ServiceLimits.recoveryBatch, at: now)
                }
                count += batch
                if batch < ServiceLimits.recoveryBatch { break }
            }
        }
        return ["redelivered": JSON(count)]
    }

    /// The tenants whose deliveries are selected.
    private func tenants(_ selection: DeliverySelection) async throws -> [Tenant] {
        try await environment.store.systemRead { scope in
            let named = try selection.tenant.map { name in try OperatorService.tenant(called: name, in: scope) }
            guard let order = selection.order else { return try named.map { [$0] } ?? scope.openTenants() }
            let having = try scope.tenants(withOrder: order).filter { named == nil || $0.id == named?.id }
            if having.isEmpty { throw OperationError.noSuchOrder(order.description) }
            return having
        }
    }

    private static func found(_ text: String, in scope: SystemScope) throws -> (DeliveryID, Tenant) {
        guard let id = DeliveryID(text), let tenant = try scope.tenant(withDelivery: id) else {
            throw OperationError.noSuchDelivery(text)
        }
        return (id, tenant)
    }
}

extension DeliveryRecord {
    fileprivate func members(of tenant: Tenant) -> [JSON.Member] {
        [
            JSON.Member("id", .string(id.description)),
            JSON.Member("tenant", .string(tenant.name)),
            JSON.Member("order", JSON(orderID?.description)),
            JSON.Member("event", .string(event.rawValue)),
            JSON.Member("sequence", JSON(sequence)),
            JSON.Member("url", .string(url.withoutSecrets)),
            JSON.Member("status", .string(status.rawValue)),
            JSON.Member("attempts", JSON(attempts)),
            JSON.Member("next_attempt_at", JSON(nextAttemptAt)),
            JSON.Member("created_at", JSON(createdAt)),
            JSON.Member("completed_at", JSON(completedAt)),
        ]
    }
}

extension Delivery.Attempt {
    /// The attempt as commands show it.
    fileprivate var document: JSON {
        [
            "at": JSON(at), "status_code": JSON(statusCode), "duration_ms": .integer(duration.milliseconds),
            "error": JSON(error),
            "response": statusCode == nil ? .null : .string(String(decoding: response, as: UTF8.self)),
        ]
    }
}
