internal import PharmacyDomain
internal import PharmacyStore

/// Runs work on behalf of a caller: every audit entry that it writes names the caller and the request.
/// - Parameter caller: `nil`: somebody who is not authenticated.
package func withAuditActor<Value: Sendable>(
    as caller: Caller?, requestID: String, _ work: () async throws -> Value
) async rethrows -> Value {
    let actor = caller.map { AuditActor.credential($0.clientID) } ?? .anonymous
    return try await AuditOrigin.$current.withValue(AuditOrigin(actor: actor, requestID: requestID)) {
        try await work()
    }
}
