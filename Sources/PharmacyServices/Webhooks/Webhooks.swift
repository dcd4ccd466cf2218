package import PharmacyDomain
internal import PharmacyStore

/// The verbs of webhook deliveries (guide, section 5).
package struct Webhooks: Sendable {
    let environment: ServiceEnvironment
    let sender: any WebhookSending
    let servedOnLoopback: Bool
    let testSlots = WebhookTestSlots()

    /// - Parameters:
    ///   - sender: sends test events.
    ///   - servedOnLoopback: whether sandboxes may call loopback, as the server's settings have it.
    package init(environment: ServiceEnvironment, sender: any WebhookSending, servedOnLoopback: Bool) {
        self.environment = environment
        self.sender = sender
        self.servedOnLoopback = servedOnLoopback
    }

    /// Newest first.
    package func deliveries(_ filter: DeliveryFilter, page: PageRequest, tenant: Tenant) async throws -> Page<JSON> {
        let deliveries = try await environment.readPage(tenant) { try $0.deliveries(filter, page: page) }
        try await environment.record(.deliveryListed, deliveries.items.map(\.id.description), tenant: tenant)
        return deliveries.map { .object($0.members) }
    }

    /// As in the list, with `attempt_log` and the `payload`.
    package func delivery(_ id: DeliveryID, tenant: Tenant) async throws -> JSON {
        let document: JSON = try await environment.read(tenant) { scope in
            guard let delivery = try scope.delivery(id) else { throw ServiceError.notFound }
            let attempts = try scope.attempts(of: delivery).map(\.document)
            let payload = try StoredJSON.parse(try scope.payload(of: delivery))
            return .object(
                delivery.members + [
                    JSON.Member("attempt_log", .array(attempts)), JSON.Member("payload", payload),
                ])
        }
        try await environment.record(.deliveryRead, [id.description], tenant: tenant)
        return document
    }

    /// How each webhook URL has been doing: failing ones first, then the newest first.
    /// - Returns: a page of them, and how many are failing in all.
    package func health(page: PageRequest, tenant: Tenant) async throws -> (urls: Page<JSON>, failing: Int) {
        try await environment.read(tenant) { scope in
            (try scope.endpoints(page: page).map(\.document), try scope.failingEndpoints())
        }
    }

    /// Sends a finished delivery once more, with all its retries.
    /// - Throws: `ServiceError.deliveryPending` when it is not finished.
    package func redeliver(_ id: DeliveryID, tenant: Tenant) async throws -> JSON {
        let now = environment.now
        return try await environment.write(tenant) { scope in
            switch try scope.startAgain(id, at: now) {
            case .started: break
            case .absent: throw ServiceError.notFound
            case .pending: throw ServiceError.deliveryPending
            }
            guard let again = try scope.delivery(id) else { throw ServiceError.notFound }
            return .object(again.members)
        }
    }

    /// Makes a new secret, which signs beside the present one until it takes over; one that is pending is given up.
    /// - Parameter body: `{"activate_after"?}`, in seconds.
    /// - Returns: `webhook_secret`, shown this once, and `activates_at`.
    package func rotateSecret(
        body: JSON, tenant: Tenant, idempotency: IdempotencyRequest?
    ) async throws -> IdempotentResult<JSON> {
        var fields = FieldReader(body)
        let seconds = fields.integer("activate_after", in: WebhookSecrets.activationRange)
        try fields.problems.throwIfAny()
        let rotation = WebhookSecretRotation(
            after: seconds ?? WebhookSecrets.activationDefault, environment: environment)
        let now = environment.now
        return try await environment.withIdempotencyLock(idempotency, tenant: tenant) {
            try await environment.write(tenant) { scope in
                let outcome: IdempotentResult<JSON> = try scope.executeOnce(
                    idempotency, at: now, encode: \.self, decode: \.self
                ) {
                    try rotation.apply(to: tenant.id, in: scope)
                }
                if outcome.isReplay { scope.audit(.webhookSecretReplayed, [tenant.id.description], at: now) }
                return outcome
            }
        }
    }

    /// The payload that an event of the kind would have, with the guide's example values.
    package func sample(_ kind: OrderEvent.Kind) -> JSON { sample(kind, id: environment.entropy.identifier()) }

    func sample(_ kind: OrderEvent.Kind, id: EventID) -> JSON {
        let hasShipping = kind == .shipped || kind == .delivered
        let event = OrderEvent(
            type: kind, sequence: kind.status.path(from: .pending), orderID: environment.entropy.identifier(),
            reference: "ORD-12345", customerReference: "CUST-789", status: kind.status,
            shipping: hasShipping
                ? Order.Shipping(
                    carrier: "USPS", tracking: "9400111899223033005012",
                    status: kind == .shipped ? "In Transit" : "Delivered") : nil,
            occurredAt: environment.now)
        return event.payload(id: id)
    }
}

extension OrderStatus {
    /// The number of an event that tells of this status, in an order that went straight to it.
    fileprivate func path(from start: OrderStatus) -> Int { start.path(to: self).count + 1 }
}

extension DeliveryRecord {
    fileprivate var members: [JSON.Member] {
        [
            JSON.Member("id", .string(id.description)),
            JSON.Member("event", .string(event.rawValue)),
            JSON.Member("event_id", .string(eventID.description)),
            JSON.Member("sequence", JSON(sequence)),
            JSON.Member("order", .string(orderID.description)),
            JSON.Member("url", .string(url.text)),
            JSON.Member("status", .string(status.rawValue)),
            JSON.Member("attempts", JSON(attempts)),
            JSON.Member("next_attempt_at", JSON(nextAttemptAt)),
            JSON.Member("created_at", JSON(createdAt)),
            JSON.Member("completed_at", JSON(completedAt)),
        ]
    }
}

extension EndpointRecord {
    fileprivate var document: JSON {
        [
            "url": .string(url.text),
            "is_failing": .bool(health.isFailing),
            "failures": JSON(health.failures),
            "last_success_at": JSON(health.lastSuccess),
            "last_failure_at": JSON(health.lastFailure),
            "last_error": JSON(health.lastError),
            "pending": JSON(pending),
            "oldest_pending_at": JSON(oldestPending),
        ]
    }
}

extension Delivery.Attempt {
    var document: JSON {
        [
            "at": JSON(at),
            "status_code": JSON(statusCode),
            "duration_ms": .integer(duration.milliseconds),
            "error": JSON(error),
            "response": statusCode == nil ? .null : .string(String(decoding: answer, as: UTF8.self)),
        ]
    }
}
