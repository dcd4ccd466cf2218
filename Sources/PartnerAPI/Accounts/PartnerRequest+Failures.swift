import PharmacyDomain
import PharmacyServices

extension PartnerRequest {
    /// Runs `exchange`, unless too many recent logins of this client failed. Failures are counted by client id, from
    /// all addresses together, which limits guessing a secret.
    /// - Throws: the error of `exchange`, or 429.
    func limitingFailedLogins<Value>(of clientID: String, _ exchange: () async throws -> Value) async throws -> Value {
        // A text that is not a UUID is no client id. Counting such texts would let anyone fill the rate limiter's
        // table.
        guard let client = ClientID(clientID) else { return try await exchange() }
        let key = "login:\(tenant.id):\(client)"
        let verdict = await limits.rateLimiter.verdict(on: key, limit: limits.authentication)
        guard verdict.isAllowed else { throw APIError.rateLimited(verdict) }
        do {
            let value = try await exchange()
            subject.record(credential: client)
            return value
        } catch ServiceError.invalidClient {
            _ = await limits.rateLimiter.admit(key, limit: limits.authentication)
            throw ServiceError.invalidClient
        }
    }
}
