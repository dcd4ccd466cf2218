package import PharmacyStore
internal import ServiceLifecycle

/// Takes up at once what another node has revoked, suspended or removed; where its message is lost, what is in memory is
/// believed for `ServiceLimits.verificationKept` and no longer.
package struct CacheInvalidation: Service {
    private let environment: ServiceEnvironment
    private let accounts: Accounts
    private let rings: AsyncStream<Void>

    package init(environment: ServiceEnvironment, accounts: Accounts, notifier: ChangeNotifier) {
        self.environment = environment
        self.accounts = accounts
        rings = notifier.notifications(on: [.revocations, .tenants])
    }

    package func run() async throws {
        await cancelWhenGracefulShutdown {
            for await _ in rings {
                accounts.forgetVerifications()
                do {
                    try await accounts.renewSigningKeys()
                    try await environment.store.forgetRemovedKeys()
                    environment.failures.succeeded("looking for changed keys")
                } catch {
                    environment.failures.failed("looking for changed keys", error)
                }
            }
        }
    }
}
