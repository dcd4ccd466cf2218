package import Logging
internal import PharmacyDomain
internal import ServiceLifecycle

/// Replaces the keys that sign access tokens, looking once a minute whether one is due.
package struct SigningKeyRotation: Service {
    private let accounts: Accounts
    private let work: PeriodicWork

    package init(environment: ServiceEnvironment, accounts: Accounts, logger: Logger) {
        self.accounts = accounts
        work = PeriodicWork(
            name: "signing key rotation", interval: ServiceLimits.signingKeyInterval, time: environment.time,
            logger: logger)
    }

    package func run() async throws {
        await work.run { try await accounts.renewSigningKeys() }
    }
}
