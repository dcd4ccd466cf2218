package import Logging

extension BackgroundJob {
    /// Rotates the keys that sign access tokens when they are due, and loads the installation keys that another process
    /// has rotated.
    package static func signingKeyRotation(
        environment: ServiceEnvironment, accounts: Accounts, keys: InstallationKeys, logger: Logger
    ) -> BackgroundJob {
        BackgroundJob(
            "signing key rotation", every: ServiceLimits.signingKeyInterval, time: environment.time, logger: logger
        ) {
            try await accounts.rotateSigningKeys()
            try await keys.reload()
        }
    }
}
