import PharmacyDomain
import PharmacyServices

extension PartnerRequest {
    /// Exchanges client credentials, unless that failed too often of late: guesses at one client's secret are counted
    /// together, whatever addresses they come from.
    /// - Throws: what `exchange` throws, or 429.
    func limitingFailedLogins<Value>(of clientID: String, _ exchange: () async throws -> Value) async throws -> Value {
        // What cannot be a client id is nobody's, and would let anybody fill the table.
        guard let client = ClientID(clientID) else { return try await exchange() }
        let key = "login:\(tenant.id):\(client)"
        let verdict = await services.rateLimiter.verdict(on: key, limit: services.authRateLimit)
        guard verdict.isAllowed else { throw APIError.rateLimited(verdict) }
        do {
            let value = try await exchange()
            subject.note(credential: client)
            return value
        } catch ServiceError.invalidClient {
            _ = await services.rateLimiter.admit(key, limit: services.authRateLimit)
            throw ServiceError.invalidClient
        }
    }
}
