internal import PharmacyDomain
internal import PharmacyServices
internal import PharmacyStore

/// What each setting that is a number or a duration may be. What lies outside would not do what the setting is for, or
/// would overflow where it is counted in nanoseconds.
enum SettingRanges {
    /// 0: any free port.
    static let port = 0...65_535
    static let databaseConnections = StoreLimits.connections
    /// A request that waits for longer has lost its client: proxies give up after 60 seconds.
    static let databaseWait = Duration.milliseconds(10)...Duration.minutes(1)
    /// 0: the first failure stops the start. Whoever starts the server is told within an hour.
    static let databaseStartWait = Duration.zero...Duration.hours(1)
    static let sandboxStep = Duration.milliseconds(1)...Duration.hours(24)
    /// The sandbox is transient: data of a year is not.
    static let sandboxWipeEvery = Duration.seconds(1)...Duration.days(366)
    static let webhookRetryDelay = Duration.milliseconds(1)...Duration.hours(24)
    static let webhookRetention = Duration.hours(1)...Duration.days(3_660)
    static let auditRetention = Duration.days(1)...Duration.days(36_600)
    /// Shorter than the medication ids of a distrusted key are stored (`ServiceLimits.distrustedMedicationIDs`).
    static let dispatchAge = Duration.milliseconds(100)...Duration.days(29)
    static let reconcileAfter = Duration.milliseconds(10)...Duration.days(30)
    /// Shorter helps nobody, longer is longer than any proxy waits.
    static let keepAlive = Duration.seconds(1)...Duration.hours(1)
    /// Service managers kill what has not stopped after some minutes.
    static let shutdownGrace = Duration.milliseconds(100)...Duration.minutes(10)
    /// Reverse proxies are compared with each request's address.
    static let trustedProxies = 1...256
    /// Attempts of a delivery, which must all be over before it is removed.
    static let webhookAttempts = 4
}
