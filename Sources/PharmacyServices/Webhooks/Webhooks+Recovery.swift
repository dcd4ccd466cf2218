package import PharmacyDomain
internal import PharmacyStore

extension Webhooks {
    /// Events behind a cursor, in the order in which they were recorded: all of them, whether they were delivered or not.
    /// - Throws: `ServiceError.cursorExpired` where a reader that goes on from the cursor would miss events.
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
            payloads: events.map { Document(bytes: $0.payload) },
            next: feed.cursor(at: events.last?.position ?? start), hasMore: found.count > limit)
    }

    /// Delivers again all that failed since a moment, in order.
    /// - Parameter body: `{"since", "url"?}`.
    /// - Returns: `redelivered`, their number.
    package func recover(body: JSON, tenant: Tenant) async throws -> JSON {
        var fields = FieldReader(body)
        let since = fields.parsed(
            "since", required: true, "since must be a time in ISO 8601 with an offset, like 2025-12-22T17:15:01+00:00.",
            parse: Timestamp.init)
        // One that is blank would mean all of them.
        let namesURL = body["url"].map { !$0.isNull } ?? false
        let url = fields.text("url", maximum: WebhookURL.lengthLimit, required: namesURL)
        try mappingValidationErrors { () throws(ValidationErrors) in try fields.problems.throwIfAny() }
        guard let since else { return ["redelivered": 0] }
        let now = environment.now
        var count = 0
        while true {
            // Each batch is a transaction of its own: others need not wait for all of them.
            let batch = try await environment.write(tenant) { scope in
                try scope.startSomeAgain(since: since, url: url, at: now)
            }
            count += batch
            if batch < ServiceLimits.recoveryBatch { return ["redelivered": JSON(count)] }
        }
    }

    /// Sends one sample event to a URL, now and once; not at all where too many of the tenant's are in flight.
    /// - Parameter body: `{"url", "event"?}`.
    /// - Returns: `url`, `payload`, and what came of it: `status_code`, `duration_ms`, `error`, `response`, `is_success`.
    package func test(body: JSON, tenant: Tenant) async throws -> JSON {
        let egress = EgressPolicy(tenant: tenant.kind, servedOnLoopback: servedOnLoopback)
        var fields = FieldReader(body)
        let kind = fields.parsed(
            "event", "event must be one of the event types.", parse: OrderEvent.Kind.init(rawValue:))
        var url: WebhookURL?
        if let text = fields.text("url", maximum: WebhookURL.lengthLimit, required: true) {
            do {
                url = try WebhookURL(text, egress: egress)
            } catch {
                WebhookMetrics.countTest(.refused)
                fields.reject("url", "url \(error.sentence)")
            }
        }
        try mappingValidationErrors { () throws(ValidationErrors) in try fields.problems.throwIfAny() }
        let now = environment.now
        let type = kind ?? .shipped
        let id: EventID = environment.entropy.identifier()
        let payload = sample(type, id: id)
        guard testSlots.begin(tenant.id) else {
            let attempt = Delivery.Attempt(
                at: now, duration: .zero, statusCode: nil,
                error: "not sent: too many tests of yours are in progress; send it again when they have ended",
                answer: [], counts: false)
            return Webhooks.document(of: attempt, to: url, payload)
        }
        defer { testSlots.end(tenant.id) }
        // The line is durable before anything is sent: who makes the server call out leaves a trace.
        let secrets = try await environment.write(tenant) { scope in
            scope.audit(.webhookTested, [id.description], at: now)
            return try scope.webhookSecrets()
        }
        let request = url.flatMap {
            WebhookRequest(
                id, type, of: tenant.id, to: $0, body: payload.bytes, secrets: secrets, at: now, egress: egress)
        }
        guard let request else { throw StoreError.broken("the webhook secret cannot be read") }
        let attempt = await sender.send(request)
        return Webhooks.document(of: attempt, to: request.url, payload)
    }

    /// What has come of a test event, which is counted.
    private static func document(of attempt: Delivery.Attempt, to url: WebhookURL?, _ payload: JSON) -> JSON {
        WebhookMetrics.countTest(attempt.isSuccess ? .succeeded : attempt.counts ? .failed : .deferred)
        return .object(
            [JSON.Member("url", JSON(url?.text)), JSON.Member("is_success", .bool(attempt.isSuccess))]
                + (attempt.document.members ?? []) + [JSON.Member("payload", payload)])
    }
}
