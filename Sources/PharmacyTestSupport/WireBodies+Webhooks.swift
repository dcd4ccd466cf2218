internal import PartnerAPI
package import PharmacyDomain
package import PharmacyServices

extension Webhooks {
    /// - Returns: the secret as the API shows it.
    package func rotateSecret(
        body: JSON, tenant: Tenant, idempotency: IdempotencyRequest?
    ) async throws -> IdempotentResult<JSON> {
        let rotation = try WebhookResource.rotation.parse(body, .forTests)
        let rotated = try await rotateSecret(
            after: rotation.activateAfter ?? WebhookSecrets.activationDefault, tenant: tenant,
            idempotency: idempotency)
        return IdempotentResult(WebhookResource.rotated.encode(rotated.value), isReplay: rotated.isReplay)
    }

    /// - Returns: the number of deliveries as the API shows it.
    package func recover(body: JSON, tenant: Tenant) async throws -> JSON {
        let recovery = try reportingInvalid { () throws(ValidationErrors) in
            try WebhookResource.recovery.parse(body, .forTests)
        }
        return [
            "redelivered": JSON(try await recover(since: recovery.since, url: recovery.url, tenant: tenant))
        ]
    }

    /// - Returns: the result of the test as the API shows it.
    package func test(body: JSON, tenant: Tenant) async throws -> JSON {
        let egress = egress(of: tenant)
        let result = try await test(tenant: tenant) { () throws(ValidationErrors) in
            try WebhookResource.test.parse(body, WireContext(today: WireContext.forTests.today, egress: egress))
        }
        return WebhookResource.testResult.encode(result)
    }
}

extension Webhooks {
    /// Registers an endpoint.
    package func createEndpoint(
        body: JSON, tenant: Tenant, idempotency: IdempotencyRequest? = nil
    ) async throws -> IdempotentResult<NewEndpoint> {
        let context = WireContext(today: WireContext.forTests.today, egress: egress(of: tenant))
        let details = try reportingInvalid { () throws(ValidationErrors) in
            try RegisteredEndpointResource.details.parse(body, context)
        }
        return try await createEndpoint(details, tenant: tenant, idempotency: idempotency)
    }

    /// Changes the members of an endpoint that a body has.
    @discardableResult
    package func updateEndpoint(
        _ id: EndpointID, body: JSON, tenant: Tenant
    ) async throws -> RegisteredEndpoint {
        let context = WireContext(today: WireContext.forTests.today, egress: egress(of: tenant))
        return try await updateEndpoint(id, tenant: tenant) { details throws(ValidationErrors) in
            try RegisteredEndpointResource.details.parse(body, merging: details, context)
        }
    }
}

extension RegisteredEndpoint {
    /// The endpoint as the API shows it.
    package var json: JSON { RegisteredEndpointResource.endpoint.encode(self) }
}

extension DeliverySummary {
    /// The delivery as the API shows it.
    package var json: JSON { WebhookResource.delivery.encode(self) }

    /// A member of `json`.
    package subscript(_ name: String) -> JSON? { json[name] }
}

extension DeliveryDetails {
    /// A member of the delivery as the API shows it.
    package subscript(_ name: String) -> JSON? {
        name == "payload" ? try? JSON.parse(payload.bytes) : WebhookResource.details.encode(self)[name]
    }
}

extension EndpointSummary {
    /// The URL's health as the API shows it.
    package var json: JSON { WebhookResource.health.encode(self) }

    /// A member of `json`.
    package subscript(_ name: String) -> JSON? { json[name] }
}

extension OrderEvent {
    /// The payload as the API shows it.
    package var json: JSON { WebhookResource.payload.encode(self) }
}
