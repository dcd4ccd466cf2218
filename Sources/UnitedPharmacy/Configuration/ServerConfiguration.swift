internal import Logging
internal import NIOCore
internal import PharmacyDomain
internal import PharmacyServices
internal import PharmacyStore

/// The values of all settings. Members start with their defaults; `SettingsTable` has the name, the range and the help
/// of each.
struct ServerConfiguration: Sendable, Redacted {
    static let defaults = ServerConfiguration()

    // Address and HTTPS.
    var host = "127.0.0.1"
    /// 0: any free port.
    var port = 8082
    /// Without a trailing slash.
    var publicURL: String?
    /// An e-mail address or a URL.
    var supportContact: String?
    var certificateFile: String?
    var certificateKeyFile: String?
    /// Whether plain HTTP may be served on an address that is not loopback.
    var allowsPlainHTTP = false
    /// Reverse proxies whose `X-Forwarded-For` is trusted.
    var trustedProxies: [IPAddressBlock] = []
    /// From the end of a response to the first byte of the next request. Most proxies close connections that were idle
    /// for 60 s; if the server closed them first, a request sent at that time would be lost.
    var keepAlive = Duration.seconds(75)
    var shutdownGrace = Duration.seconds(30)

    // Database.
    var dataDirectory = "data"
    /// The URL of a PostgreSQL database; `nil`: SQLite in the data directory.
    var databaseURL: String?
    /// Whether a database on another machine may be reached without encryption.
    var allowsPlaintextDatabase = false
    var databaseConnections = 3 + 3 * max(2, System.coreCount)
    /// How long a request may wait for a connection.
    var databaseWait = StoreLimits.connectionWait
    /// How long the start waits for a database server that does not respond.
    var databaseStartWait = Duration.seconds(30)

    // Encryption at rest.
    /// 32 bytes.
    var masterKey: [UInt8]?
    var masterKeyFile: String?

    // Rate limits.
    /// For each credential.
    var rateLimit = RateLimit.perMinute(600)
    /// For each client address and tenant on the token endpoints.
    var authRateLimit = RateLimit.perMinute(30)

    // Sandboxes.
    var sandboxSetupToken: String?
    /// Whether sandboxes may send webhooks to loopback addresses; `nil`: `ServingPolicy` decides.
    var loopbackWebhooks: LoopbackWebhooks?
    var sandboxStep = SandboxPace.every(.seconds(5))
    var sandboxWipeEvery = Duration.hours(24)

    // Webhooks.
    var webhookRetryDelay = Duration.seconds(60)
    var webhookRetention = ServiceLimits.webhookRetention

    // Pharmacies.
    var impetusURL: String?
    var impetusToken: String?
    var impetusCallbackSecret: String?
    var dispatchAge = ServiceLimits.dispatchAge
    var reconcileAfter = ReconciliationPolicy().after

    // Audit log.
    var requestLogRetention = ServiceLimits.requestLogRetention
    var auditRetention = ServiceLimits.auditRetention
    var auditAnchorFile: String?
    var sendsAuditAnchorsToSyslog = false
    var auditAnchorURL: String?

    // Logs.
    var logLevel = Logger.Level.info
    var logFormat = LogFormat.text

    /// The names of the settings that were given, for the audit log.
    private(set) var givenSettings: [String] = []
    /// Every setting with its origin, sorted by name.
    private(set) var shownSettings: [SettingsReader.Shown] = []
    /// The names of settings with invalid values, which have their defaults.
    private(set) var refusedSettings: Set<String> = []

    private init() {}

    /// - Throws: `ConfigurationError` with all errors.
    init(_ settings: Settings) throws {
        let (configuration, faults) = ServerConfiguration.reading(settings)
        guard faults.isEmpty else { throw ConfigurationError(faults: faults) }
        self = configuration
    }

    /// Reads settings; those with invalid values keep their defaults.
    /// - Returns: the configuration, and all errors, a sentence each.
    static func reading(_ settings: Settings) -> (ServerConfiguration, faults: [String]) {
        var reader = SettingsReader(settings)
        var configuration = ServerConfiguration()
        for setting in SettingsTable.all { setting.read(&reader, &configuration) }
        configuration.checkCombinations(&reader)
        configuration.givenSettings = reader.given
        configuration.shownSettings = reader.shown.sorted { $0.name < $1.name }
        configuration.refusedSettings = reader.refused
        return (configuration, reader.faults)
    }
}
