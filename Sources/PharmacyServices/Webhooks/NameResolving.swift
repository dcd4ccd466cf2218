package import PharmacyDomain

/// Resolves names to addresses.
package protocol NameResolving: Sendable {
    /// All addresses of a name, the preferred one first; empty when it has none.
    /// - Parameter tenant: on whose behalf the name is looked up, so that no tenant uses all threads.
    /// - Throws: `NameLookupFailure`; `CancellationError`, at once when the task is cancelled.
    func addresses(of host: String, for tenant: TenantID) async throws -> [IPAddress]

    /// Ends all look-ups: their callers get a `CancellationError`.
    func shutdown() async
}
