package import PharmacyDomain
internal import PharmacyStore

/// The verbs of registered endpoints.
extension Webhooks {
    /// All registered endpoints of a tenant, oldest first.
    package func endpoints(tenant: Tenant) async throws -> [RegisteredEndpoint] {
        let endpoints = try await environment.read(tenant) { try $0.registeredEndpoints() }
        try await environment.record(.endpointListed, endpoints.map(\.id.description), tenant: tenant)
        return endpoints
    }

    /// - Throws: `ServiceError.notFound`.
    package func endpoint(_ id: EndpointID, tenant: Tenant) async throws -> RegisteredEndpoint {
        guard let endpoint = try await environment.read(tenant, { try $0.registeredEndpoint(id) }) else {
            throw ServiceError.notFound
        }
        try await environment.record(.endpointListed, [id.description], tenant: tenant)
        return endpoint
    }

    /// Registers an endpoint, with a secret of its own.
    /// - Throws: `ServiceError.invalid` where an endpoint is registered at the URL, or the tenant has as many as it may.
    package func createEndpoint(
        _ details: EndpointDetails, tenant: Tenant, idempotency: IdempotencyRequest?
    ) async throws -> IdempotentResult<NewEndpoint> {
        let now = environment.now
        let secret = environment.entropy.secret(.webhookSecret)
        let endpoint = RegisteredEndpoint(
            id: environment.entropy.identifier(), details: details, secrets: WebhookSecrets(current: secret),
            createdAt: now, updatedAt: now)
        return try await environment.withIdempotencyLock(idempotency, tenant: tenant) {
            try await environment.write(tenant) { scope in
                let created = try idempotency.executeOnce(
                    in: scope, at: now, encode: \.outcome, decode: { NewEndpoint(outcome: $0) }
                ) {
                    try Webhooks.checkIsFree(details.url, for: endpoint.id, in: scope)
                    guard try scope.registeredEndpointCount() < EndpointRules.limit else {
                        throw ServiceError.invalid(
                            ValidationErrors(
                                "endpoints",
                                "A tenant may have \(EndpointRules.limit) registered endpoints; delete one first.",
                                code: "endpoint_limit_reached"))
                    }
                    try scope.insertRegisteredEndpoint(endpoint)
                    scope.audit(.endpointCreated, [endpoint.id.description], at: now)
                    return NewEndpoint(endpoint: endpoint, secret: secret)
                }
                if created.isReplay {
                    scope.audit(.endpointReplayed, [created.value.endpoint.id.description], at: now)
                }
                return created
            }
        }
    }

    /// Changes an endpoint. While it is paused, nothing is sent to its URL: no deliveries are made for it, and those that wait,
    /// also of orders that name the URL, are held. After a change of the URL, deliveries that wait go to the new one.
    /// - Parameters:
    ///   - precondition: decides about the endpoint as it is; both closures run in the transaction.
    ///   - change: the changed details, from the present ones.
    /// - Throws: `ServiceError.notFound`; `ServiceError.preconditionFailed`; what `change` throws; `ServiceError.invalid` where
    ///   another endpoint is registered at the URL.
    package func updateEndpoint(
        _ id: EndpointID, tenant: Tenant, if precondition: EndpointPrecondition? = nil,
        change: @escaping @Sendable (EndpointDetails) throws(ValidationErrors) -> EndpointDetails
    ) async throws -> RegisteredEndpoint {
        let now = environment.now
        return try await environment.write(tenant) { scope in
            guard var endpoint = try scope.registeredEndpoint(id) else { throw ServiceError.notFound }
            if let precondition, !precondition(endpoint) { throw ServiceError.preconditionFailed }
            let before = endpoint.details
            let details = try mappingValidationErrors { () throws(ValidationErrors) in try change(before) }
            if details.url != before.url { try Webhooks.checkIsFree(details.url, for: id, in: scope) }
            endpoint.details = details
            endpoint.updatedAt = max(now, endpoint.updatedAt)
            try scope.updateRegisteredEndpoint(endpoint)
            scope.audit(.endpointUpdated, [id.description], at: now)
            return endpoint
        }
    }

    /// Removes an endpoint. Deliveries that wait for it are not made. Those of orders that name its URL are, signed with the tenant's
    /// secret.
    /// - Throws: `ServiceError.notFound`; `ServiceError.preconditionFailed`.
    package func deleteEndpoint(
        _ id: EndpointID, tenant: Tenant, if precondition: EndpointPrecondition? = nil
    ) async throws {
        let now = environment.now
        try await environment.write(tenant) { scope in
            if let precondition, let endpoint = try scope.registeredEndpoint(id), !precondition(endpoint) {
                throw ServiceError.preconditionFailed
            }
            guard try scope.deleteRegisteredEndpoint(id) else { throw ServiceError.notFound }
            scope.audit(.endpointDeleted, [id.description], at: now)
        }
    }

    /// Rotates the secret of an endpoint, as `rotateSecret(after:tenant:idempotency:)` does the tenant's.
    /// - Throws: `ServiceError.notFound`.
    package func rotateSecret(
        of id: EndpointID, after delay: Int = WebhookSecrets.activationDefault, tenant: Tenant,
        idempotency: IdempotencyRequest?
    ) async throws -> IdempotentResult<RotatedWebhookSecret> {
        let range = WebhookSecrets.activationRange
        let rotation = WebhookSecretRotation(
            after: min(max(delay, range.lowerBound), range.upperBound), environment: environment)
        let now = environment.now
        let idempotency = idempotency?.bound(to: id)
        return try await environment.withIdempotencyLock(idempotency, tenant: tenant) {
            try await environment.write(tenant) { scope in
                let outcome = try idempotency.executeOnce(
                    in: scope, at: now, encode: \.outcome, decode: { RotatedWebhookSecret(outcome: $0) }
                ) {
                    try rotation.apply(to: id, in: scope)
                }
                if outcome.isReplay { scope.audit(.endpointSecretReplayed, [id.description], at: now) }
                return outcome
            }
        }
    }

    /// Whether a change may be made of an endpoint.
    package typealias EndpointPrecondition = @Sendable (RegisteredEndpoint) -> Bool

    /// - Throws: `ServiceError.invalid` where another endpoint is registered at the URL: the two would have different secrets.
    private static func checkIsFree(_ url: WebhookURL, for id: EndpointID, in scope: TenantScope) throws {
        guard let other = try scope.registeredEndpoint(at: url), other.id != id else { return }
        throw ServiceError.invalid(
            ValidationErrors("url", "url is the URL of your endpoint \(other.id) already. Change that one instead."))
    }
}
