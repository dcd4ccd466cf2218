package import Logging
internal import PharmacyDomain
internal import ServiceLifecycle

/// Replaces the keys that sign access tokens, looking once a minute whether one is due, and takes up what another process
/// has replaced of the installation's other keys.
package struct SigningKeyRotation: Service {
    private let accounts: Accounts
    private let keys: InstallationKeys
    private let work: PeriodicWork

    package init(environment: ServiceEnvironment, accounts: Accounts, keys: InstallationKeys, logger: Logger) {
        self.accounts = accounts
        self.keys = keys
        work = PeriodicWork(
            name: "signing key rotation", interval: ServiceLimits.signingKeyInterval, time: environment.time,
            logger: logger)
    }

    package func run() async throws {
        await work.run {
            try await accounts.renewSigningKeys()
            try await keys.reload()
        }
    }
}
