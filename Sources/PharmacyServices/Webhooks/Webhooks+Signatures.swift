package import PharmacyDomain
internal import PharmacyStore

extension Webhooks {
    /// Finds out why a signature matches a body, or does not, with every secret that is in use: the tenant's own and those of its
    /// registered endpoints, at most `EndpointRules.limit`, each with the one that is to replace it.
    /// - Parameters:
    ///   - body: the bytes that were signed, as the receiver has them.
    ///   - signature: the value of `X-Webhook-Signature`, or what the receiver has computed.
    package func check(_ signature: String, of body: [UInt8], tenant: Tenant) async throws -> SignatureReport {
        let now = environment.now
        let (own, endpoints) = try await environment.read(tenant) { scope in
            (try scope.webhookSecrets(), try scope.registeredEndpoints())
        }
        let owners: [(WebhookSecretOwner, WebhookSecrets)] =
            [(.tenant, own)] + endpoints.map { (.endpoint($0.id, $0.details.url), $0.secrets) }
        let candidates = try owners.map { owner, secrets in
            guard let candidate = SignatureCheck.Candidate(owner, secrets.settled(at: now)) else {
                throw StoreError.broken("a webhook secret cannot be read")
            }
            return candidate
        }
        let report = SignatureCheck(candidates: candidates).report(on: signature, of: body)
        // The report shows the endpoint's id and URL.
        if case .endpoint(let id, _) = report.owner {
            try await environment.record(.endpointListed, [id.description], tenant: tenant)
        }
        return report
    }

    /// When a pending secret becomes the only one; `nil` if no rotation is in progress.
    package func pendingRotation(tenant: Tenant) async throws -> Timestamp? {
        let now = environment.now
        return try await environment.read(tenant) { try $0.webhookSecrets() }.settled(at: now).next?.activatesAt
    }
}
