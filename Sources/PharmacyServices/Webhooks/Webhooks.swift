package import PharmacyDomain
internal import PharmacyStore

/// The verbs of webhook deliveries (guide, section 5).
package struct Webhooks: Sendable {
    let environment: ServiceEnvironment
    let sender: any WebhookSending
    let servedOnLoopback: Bool
    let testSlots = TenantSlots(
        total: ServiceLimits.webhookTestsInFlight, divisor: ServiceLimits.webhookTestShare)

    /// - Parameters:
    ///   - sender: sends test events.
    ///   - servedOnLoopback: whether sandboxes may call loopback, as the server's settings have it.
    package init(environment: ServiceEnvironment, sender: any WebhookSending, servedOnLoopback: Bool) {
        self.environment = environment
        self.sender = sender
        self.servedOnLoopback = servedOnLoopback
    }

    /// The version of stored payloads. They are signed and sent as they were recorded, whatever the version is now.
    static let payloadVersion = 1

    /// Which URLs the tenant may use for webhooks.
    package func egress(of tenant: Tenant) -> EgressPolicy {
        EgressPolicy(tenant: tenant.kind, servedOnLoopback: servedOnLoopback)
    }

    /// Newest first.
    package func deliveries(
        _ filter: DeliveryFilter, page: PageRequest, tenant: Tenant
    ) async throws -> Page<DeliverySummary> {
        let deliveries = try await environment.readPage(tenant) { try $0.deliveries(filter, page: page) }
        try await environment.record(.deliveryListed, deliveries.items.map(\.id.description), tenant: tenant)
        return deliveries.map(\.summary)
    }

    /// - Throws: `ServiceError.notFound`.
    package func delivery(_ id: DeliveryID, tenant: Tenant) async throws -> DeliveryDetails {
        let details = try await environment.read(tenant) { scope in
            guard let delivery = try scope.delivery(id) else { throw ServiceError.notFound }
            return DeliveryDetails(
                summary: delivery.summary, attempts: try scope.attempts(of: delivery),
                payload: Representation(
                    version: Webhooks.payloadVersion, id: delivery.eventID.description,
                    bytes: try scope.payload(of: delivery)))
        }
        try await environment.record(.deliveryRead, [id.description], tenant: tenant)
        return details
    }

    /// The events of an order with their deliveries and attempts; none for an unknown order.
    package func timeline(of order: OrderID, tenant: Tenant) async throws -> OrderTimeline {
        let timeline = try await environment.read(tenant) {
            try $0.timeline(of: order, attempts: ServiceLimits.timelineAttempts)
        }
        let deliveries = timeline.entries.flatMap(\.deliveries).map(\.id.description)
        if !deliveries.isEmpty { try await environment.record(.deliveryListed, deliveries, tenant: tenant) }
        return timeline
    }

    /// The health of each webhook URL: failing URLs first, then the newest first.
    /// - Returns: a page of them, and the number of all failing URLs.
    package func health(
        page: PageRequest, tenant: Tenant
    ) async throws -> (urls: Page<EndpointSummary>, failing: Int) {
        try await environment.read(tenant) { scope in
            (try scope.endpoints(page: page).map(\.summary), try scope.failingEndpoints())
        }
    }

    /// How many deliveries ended in each hour since a time, and how, oldest first.
    package func counts(since moment: Timestamp, tenant: Tenant) async throws -> [DeliveryCount] {
        try await environment.read(tenant) { try $0.deliveryCounts(since: moment.hour) }
    }

    /// Sends a finished delivery again, with a new round of attempts.
    /// - Throws: `ServiceError.notFound`; `ServiceError.deliveryPending` if it is not finished.
    package func redeliver(_ id: DeliveryID, tenant: Tenant) async throws -> DeliverySummary {
        let now = environment.now
        return try await environment.write(tenant) { scope in
            switch try scope.redeliver(id, at: now) {
            case .started: break
            case .notFound: throw ServiceError.notFound
            case .pending: throw ServiceError.deliveryPending
            }
            guard let again = try scope.delivery(id) else { throw ServiceError.notFound }
            return again.summary
        }
    }

    /// Rotates the webhook secret. The new secret signs together with the present one until it becomes the only one; a
    /// rotation that is pending is discarded.
    /// - Parameter delay: seconds until then, in `WebhookSecrets.activationRange`; other numbers become the nearer end.
    package func rotateSecret(
        after delay: Int = WebhookSecrets.activationDefault, tenant: Tenant, idempotency: IdempotencyRequest?
    ) async throws -> IdempotentResult<RotatedWebhookSecret> {
        let range = WebhookSecrets.activationRange
        let rotation = WebhookSecretRotation(
            after: min(max(delay, range.lowerBound), range.upperBound), environment: environment)
        let now = environment.now
        return try await environment.withIdempotencyLock(idempotency, tenant: tenant) {
            try await environment.write(tenant) { scope in
                let outcome = try idempotency.executeOnce(
                    in: scope, at: now, encode: \.outcome, decode: { RotatedWebhookSecret(outcome: $0) }
                ) {
                    try rotation.apply(to: tenant.id, in: scope)
                }
                if outcome.isReplay { scope.audit(.webhookSecretReplayed, [tenant.id.description], at: now) }
                return outcome
            }
        }
    }

    /// An event of the type, with the guide's example values.
    package func sample(_ type: EventType) -> OrderEvent {
        let hasShipping = type == .shipped || type == .delivered
        return OrderEvent(
            id: environment.entropy.identifier(), type: type, sequence: type.status.sequence,
            orderID: environment.entropy.identifier(), reference: "ORD-12345", customerReference: "CUST-789",
            status: type.status,
            shipping: hasShipping
                ? Order.Shipping(
                    carrier: "USPS", tracking: "9400111899223033005012",
                    status: type == .shipped ? "In Transit" : "Delivered") : nil,
            occurredAt: environment.now)
    }

    /// An event of the type that reports on an endpoint, with example values.
    package func sample(_ type: EndpointEventType) -> EndpointEvent {
        EndpointEvent(
            id: environment.entropy.identifier(), type: type, endpoint: environment.entropy.identifier(),
            host: "your-app.com", occurredAt: environment.now)
    }
}

extension OrderStatus {
    /// The number of the event that reports this status, in an order that went straight to it.
    fileprivate var sequence: Int { OrderStatus.pending.path(to: self).count + 1 }
}

extension DeliveryRecord {
    fileprivate var summary: DeliverySummary {
        DeliverySummary(
            id: id, event: event, eventID: eventID, sequence: sequence, orderID: orderID, url: url, status: status,
            attempts: attempts, nextAttemptAt: nextAttemptAt, createdAt: createdAt, completedAt: completedAt)
    }
}

extension EndpointRecord {
    fileprivate var summary: EndpointSummary {
        EndpointSummary(url: url, health: health, pending: pending, oldestPending: oldestPending)
    }
}
