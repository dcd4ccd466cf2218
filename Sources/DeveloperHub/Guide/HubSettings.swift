package import PharmacyDomain

/// The settings of the server that the pages show.
package struct HubSettings: Sendable {
    /// An address or a URL of the integration contact; `nil` if none is set.
    package let supportContact: String?
    package let rateLimit: RateLimit
    package let authRateLimit: RateLimit
    package let dispatchAge: Duration
    package let reconcileAfter: Duration
    package let webhookRetryDelay: Duration
    package let webhookRetention: Duration
    package let requestLogRetention: Duration
    /// The time between the simulated changes of an order; `nil` if they happen on request only.
    package let sandboxStep: Duration?
    package let sandboxWipeEvery: Duration

    package init(
        supportContact: String?, rateLimit: RateLimit, authRateLimit: RateLimit, dispatchAge: Duration,
        reconcileAfter: Duration, webhookRetryDelay: Duration, webhookRetention: Duration,
        requestLogRetention: Duration,
        sandboxStep: Duration?, sandboxWipeEvery: Duration
    ) {
        self.supportContact = supportContact
        self.rateLimit = rateLimit
        self.authRateLimit = authRateLimit
        self.dispatchAge = dispatchAge
        self.reconcileAfter = reconcileAfter
        self.webhookRetryDelay = webhookRetryDelay
        self.webhookRetention = webhookRetention
        self.requestLogRetention = requestLogRetention
        self.sandboxStep = sandboxStep
        self.sandboxWipeEvery = sandboxWipeEvery
    }
}
