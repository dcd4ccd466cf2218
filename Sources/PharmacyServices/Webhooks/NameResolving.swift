package import PharmacyDomain

/// Turns names into addresses.
package protocol NameResolving: Sendable {
    /// Every address of a name, the preferred first; empty when it has none.
    /// - Parameter tenant: on whose behalf, so that no tenant takes all there is.
    /// - Throws: `NameLookupFailure`, or `CancellationError`, at once when the task is cancelled.
    func addresses(of host: String, for tenant: TenantID) async throws -> [IPAddress]

    /// Ends all look-ups: their callers get a `CancellationError`.
    func shutdown() async
}
