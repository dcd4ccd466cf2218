package import Logging
internal import PharmacyDomain
internal import ServiceLifecycle

/// Replaces the keys that sign access tokens, looking once a minute whether one is due.
package struct SigningKeyRotation: Service {
    private let environment: ServiceEnvironment
    private let accounts: Accounts
    private let logger: Logger

    package init(environment: ServiceEnvironment, accounts: Accounts, logger: Logger) {
        self.environment = environment
        self.accounts = accounts
        self.logger = logger
    }

    package func run() async throws {
        await cancelWhenGracefulShutdown {
            while !Task.isCancelled {
                try? await environment.time.sleep(until: environment.now + ServiceLimits.signingKeyInterval)
                do {
                    try await accounts.renewSigningKeys()
                } catch {
                    logger.error(
                        "signing keys could not be looked after and will be again",
                        metadata: ["error": "\(type(of: error))"])
                }
            }
        }
    }
}
