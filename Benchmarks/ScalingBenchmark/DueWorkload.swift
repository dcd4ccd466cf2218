internal import PharmacyDomain
internal import PharmacyServices
internal import PharmacyStore
internal import PharmacyTestSupport

/// A large backlog of due work, and the operations that claim it.
struct DueWorkload: Sendable {
    let build: @Sendable () async throws -> Void
    let operation: HotOperation
    let clear: @Sendable () async throws -> Void

    private static let url = "https://backlog.example.com/hooks"

    /// - Parameter limit: the number of claims in one phase.
    static func all(_ installation: TestInstallation, limit: Int) -> [DueWorkload] {
        [orders(installation, limit: limit), deliveries(installation, limit: limit)]
    }

    // MARK: Claiming, as the services do

    static func claimOrders(_ installation: TestInstallation) async throws -> Int {
        let now = installation.time.now()
        return try await installation.environment.store.systemWrite(.claims) {
            try $0.claimDispatches(
                limit: ServiceLimits.dispatchBatch, at: now, leaseExpiresAt: now + ServiceLimits.dispatchLease)
        }.count
    }

    static func claimDeliveries(_ installation: TestInstallation) async throws -> Int {
        try await installation.claimDeliveries(
            in: DeliverySlots(total: ServiceLimits.deliveriesInFlight), limit: ServiceLimits.deliveryBatch,
            at: installation.time.now()
        ).deliveries.count
    }

    // MARK: Orders to dispatch

    private static func orders(_ installation: TestInstallation, limit: Int) -> DueWorkload {
        DueWorkload {
            Progress.report("making \(HotOperations.backlogSize) orders due")
            let now = installation.time.now()
            try await installation.change { scope in
                _ = try scope.db.run(
                    """
                    UPDATE orders SET dispatch_at = $1, dispatch_state = \(DispatchState.ready)
                    WHERE id IN (SELECT id FROM orders ORDER BY id DESC LIMIT $2)
                    """, [.integer(now.milliseconds), SQLValue(HotOperations.backlogSize)])
            }
        } operation: {
            HotOperation(name: "Claim 32 of 10,000 orders to dispatch", limit: limit) { _ in
                let count = try await claimOrders(installation)
                guard count > 0 else { throw BenchmarkFailure.setUp("no order is due") }
            }
        } clear: {
            try await installation.forgetHandOvers()
        }
    }

    // MARK: Deliveries to one URL

    private static func deliveries(_ installation: TestInstallation, limit: Int) -> DueWorkload {
        DueWorkload {
            Progress.report("making \(HotOperations.backlogSize) deliveries to one URL due")
            try await place(installation)
            let now = installation.time.now()
            try await installation.change { scope in
                _ = try scope.db.run(
                    """
                    INSERT INTO webhook_deliveries (tenant_id, uuid, order_id, event_id, endpoint_id, status, due_at,
                        created_at)
                    WITH RECURSIVE numbers (n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM numbers WHERE n < $1)
                    SELECT d.tenant_id, 'backlog-' || n, d.order_id, d.event_id, d.endpoint_id, \(DeliveryState.ready),
                        CAST($2 AS BIGINT), d.created_at
                    FROM numbers JOIN webhook_deliveries d ON d.id = (SELECT MAX(id) FROM webhook_deliveries)
                    """, [SQLValue(HotOperations.backlogSize), .integer(now.milliseconds)])
                _ = try scope.db.run(
                    """
                    UPDATE webhook_endpoints SET due_at = $1
                    WHERE id = (SELECT endpoint_id FROM webhook_deliveries ORDER BY id DESC LIMIT 1)
                    """, [.integer(now.milliseconds)])
            }
        } operation: {
            // One at a time: two would claim the same ones.
            HotOperation(name: "Claim 32 of 10,000 deliveries to one URL", limit: limit, isConcurrent: false) { _ in
                let count = try await claimDeliveries(installation)
                guard count > 0 else { throw BenchmarkFailure.setUp("no delivery is due") }
            }
        } clear: {
            try await installation.change { scope in
                let endpoint = try scope.db.row(
                    "SELECT endpoint_id FROM webhook_deliveries ORDER BY id DESC LIMIT 1", []
                ) { try $0.integer(0) }
                _ = try scope.db.run(
                    "DELETE FROM webhook_deliveries WHERE endpoint_id = $1 AND uuid LIKE 'backlog-%'",
                    [SQLValue(endpoint)])
                _ = try scope.db.run("UPDATE webhook_endpoints SET due_at = NULL WHERE id = $1", [SQLValue(endpoint)])
            }
        }
    }

    /// An order whose delivery to a separate URL is copied, so that claimed deliveries can be decrypted.
    private static func place(_ installation: TestInstallation) async throws {
        let order = try await installation.order(webhookURLs: [url])
        _ = try await installation.place(order)
        try await installation.leaveNothingDue()
    }

    private init(
        build: @escaping @Sendable () async throws -> Void, operation: () -> HotOperation,
        clear: @escaping @Sendable () async throws -> Void
    ) {
        self.build = build
        self.operation = operation()
        self.clear = clear
    }
}

extension TestInstallation {
    /// Marks every order as dispatched, so that none is due.
    func forgetHandOvers() async throws {
        try await change { scope in
            _ = try scope.db.run(
                """
                UPDATE orders SET dispatch_at = NULL, dispatch_state = \(DispatchState.accepted)
                WHERE dispatch_at IS NOT NULL
                """, [])
        }
    }

    /// Finishes the background work of orders that the verbs placed, in fewer steps.
    func leaveNothingDue() async throws {
        try await forgetHandOvers()
        try await endDueDeliveries(as: .succeeded, limit: ServiceLimits.deliveryBatch)
    }
}
