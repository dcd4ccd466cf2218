package import PharmacyStore
internal import ServiceLifecycle

/// Clears caches when another node has revoked, suspended or removed something. If a notification is lost, cached entries
/// expire after `ServiceLimits.verificationCacheLifetime`.
package struct CacheInvalidation: Service {
    private let environment: ServiceEnvironment
    private let accounts: Accounts
    private let changes: AsyncStream<Void>

    package init(environment: ServiceEnvironment, accounts: Accounts, notifier: ChangeNotifier) {
        self.environment = environment
        self.accounts = accounts
        changes = notifier.notifications(on: [.revocations, .tenants])
    }

    package func run() async throws {
        await cancelWhenGracefulShutdown {
            for await _ in changes {
                accounts.forgetVerifications()
                do {
                    try await accounts.rotateSigningKeys()
                    try await environment.store.forgetRemovedKeys()
                    environment.failures.succeeded("looking for changed keys")
                } catch {
                    environment.failures.failed("looking for changed keys", error)
                }
            }
        }
    }
}
