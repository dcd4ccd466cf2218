package import PharmacyDomain
internal import PharmacyStore

extension Webhooks {
    /// Events after a cursor, in the order in which they were recorded, whether they were delivered or not.
    /// - Throws: `ServiceError.cursorExpired` where a reader that continues from the cursor would miss events.
    package func events(after cursor: EventCursor?, limit: Int, tenant: Tenant) async throws -> EventPage {
        let start = cursor?.position ?? 0
        let (feed, found) = try await environment.read(tenant) { scope in
            let feed = try scope.eventFeed()
            if let cursor, feed.hasExpired(cursor) { throw ServiceError.cursorExpired }
            return (feed, try scope.events(after: start, limit: limit + 1))
        }
        let events = found.prefix(limit)
        try await environment.record(.eventListed, events.map(\.id.description), tenant: tenant)
        return EventPage(
            payloads: events.map {
                Representation(version: Webhooks.payloadVersion, id: $0.id.description, bytes: $0.payload)
            },
            next: feed.cursor(at: events.last?.position ?? start), hasMore: found.count > limit)
    }

    /// Whether there is anything that `recover` could redeliver.
    package func isRecoverable(tenant: Tenant) async throws -> Bool {
        try await environment.read(tenant) { try $0.hasFailedDeliveries() }
    }

    /// How many deliveries `recover` would redeliver.
    package func recoverable(since: Timestamp, tenant: Tenant) async throws -> Int {
        try await environment.read(tenant) { try $0.failedDeliveries(since: since) }
    }

    /// Redelivers all deliveries that failed since a time, in order.
    /// - Parameter url: only deliveries to this URL, exactly as the orders named it; `nil`: to all URLs.
    /// - Returns: the number of deliveries.
    package func recover(since: Timestamp, url: String? = nil, tenant: Tenant) async throws -> Int {
        let now = environment.now
        var count = 0
        while true {
            // Each batch is a transaction of its own, so that requests wait only briefly.
            let batch = try await environment.write(tenant) { scope in
                try scope.redeliverFailed(since: since, url: url, limit: ServiceLimits.recoveryBatch, at: now)
            }
            count += batch
            if batch < ServiceLimits.recoveryBatch { return count }
        }
    }

    /// Sends one sample event to a URL, once and without retries. Nothing is sent while too many tests of the tenant are in
    /// progress.
    /// - Parameter test: reads the request.
    /// - Throws: what `test` throws.
    package func test(
        tenant: Tenant, _ test: () throws(ValidationErrors) -> WebhookTest
    ) async throws -> WebhookTestResult {
        let test = try readTest(test)
        let now = environment.now
        let event = sample(test.event)
        guard let slot = testSlots.begin(tenant.id) else {
            let attempt = Delivery.Attempt(
                at: now, duration: .zero, statusCode: nil,
                error: "not sent: too many of your tests are in progress; send it again when they have ended",
                response: [], counts: false)
            return counted(WebhookTestResult(url: test.url, attempt: attempt, event: event))
        }
        defer { withExtendedLifetime(slot) {} }
        // The audit entry is durable before anything is sent: whoever makes the server call out leaves a trace.
        let (secrets, payload) = try await environment.write(tenant) { scope in
            scope.audit(.webhookTested, [event.id.description], at: now)
            // A URL at which an endpoint is registered gets what it gets with real events.
            let endpoint = try scope.registeredEndpoint(at: test.url)
            return (try endpoint?.secrets ?? scope.webhookSecrets(), scope.payload(of: event))
        }
        let request = WebhookRequest(
            event.id, .order(event.type), of: tenant.id, to: test.url, body: payload.bytes, secrets: secrets, at: now,
            egress: egress(of: tenant))
        guard let request else { throw StoreError.broken("the webhook secret cannot be read") }
        return counted(
            WebhookTestResult(
                url: request.url, attempt: await sender.send(request), event: event, headers: request.headers,
                body: request.body))
    }

    private func readTest(_ test: () throws(ValidationErrors) -> WebhookTest) throws -> WebhookTest {
        do throws(ValidationErrors) {
            return try test()
        } catch {
            if !error["url"].isEmpty { WebhookMetrics.countTest(.refused) }
            throw ServiceError.invalid(error)
        }
    }

    private func counted(_ result: WebhookTestResult) -> WebhookTestResult {
        let attempt = result.attempt
        WebhookMetrics.countTest(attempt.isSuccess ? .succeeded : attempt.counts ? .failed : .deferred)
        return result
    }
}
