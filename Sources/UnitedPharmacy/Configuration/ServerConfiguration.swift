internal import FoundationEssentials
internal import Logging
internal import NIOCore
internal import PharmacyDomain
internal import PharmacyServices
internal import PharmacyStore

enum LogFormat: String {
    case text
    case json
}

/// What the operator has settled: flags win over the environment, the environment over a file.
struct ServerConfiguration: Sendable, Redacted {
    var host = "127.0.0.1"
    /// 0: any free port.
    var port = 8082
    var dataDirectory = "data"
    /// Of a PostgreSQL database; without, data is kept in SQLite in the data directory.
    var databaseURL: String?
    /// Connections of this node to the database server.
    var databaseConnections = 3 + 3 * max(2, System.coreCount)
    /// How long a request may wait for one of them.
    var databaseWait = StoreLimits.connectionWait
    /// Whether a database on another machine may be reached without encryption.
    var allowsPlaintextDatabase = false
    /// Whether plain HTTP may be served on an address that is not loopback.
    var allowsPlainHTTP = false
    var sandboxSetupToken: String?
    var sandboxStep = SandboxPace.every(.seconds(5))
    var sandboxWipeEvery = Duration.hours(24)
    /// Whether sandboxes may send webhooks to loopback addresses; without, `ServingPolicy` decides.
    var loopbackWebhooks: LoopbackWebhooks?
    var webhookRetryDelay = Duration.seconds(60)
    /// For each credential.
    var rateLimit: RateLimit
    /// For each client address and tenant on the token endpoints.
    var authRateLimit: RateLimit
    /// How long lines of the audit log are kept.
    var auditRetention = ServiceLimits.auditRetention
    /// How long events, their deliveries and attempts are kept.
    var webhookRetention = ServiceLimits.webhookRetention
    /// The pharmacies' system of tenants that are not sandboxes; without, they are told that it does not answer.
    var impetus: ImpetusSettings?
    /// How long an order that cannot be handed over is tried.
    var dispatchAge = ServiceLimits.dispatchAge
    /// How long an order may be silent before the pharmacy is asked about it.
    var reconcileAfter = ReconciliationPolicy().after
    /// How long requests under way have to finish when the server is told to stop.
    var shutdownGrace = Duration.seconds(30)
    /// The names of the settings that were given, for the audit log.
    var givenSettings: [String] = []
    var masterKey: [UInt8]?
    var masterKeyFile: String?
    var publicURL: String?
    /// The files of a certificate and of its private key; without, the server speaks plain HTTP.
    var certificateFiles: (certificate: String, key: String)?
    /// Reverse proxies whose `X-Forwarded-For` is believed.
    var trustedProxies: [IPAddressBlock] = []
    var logLevel = Logger.Level.info
    var logFormat = LogFormat.text

    /// - Throws: `ConfigurationError`.
    init(_ settings: Settings) throws {
        guard let rateLimit = RateLimit("600/m"), let authRateLimit = RateLimit("30/m") else {
            throw ConfigurationError(description: "The built-in rate limits cannot be read.")
        }
        self.rateLimit = rateLimit
        self.authRateLimit = authRateLimit
        databaseURL = try settings.value(
            "UP_DATABASE_URL", "a URL like postgres://user@host/database", ServerConfiguration.databaseURL)
        let connections = "a number from 5 to 500"
        if let count = try settings.value("UP_DATABASE_CONNECTIONS", connections, { Int($0) }) {
            guard StoreLimits.connections.contains(count) else {
                throw settings.error("UP_DATABASE_CONNECTIONS", connections)
            }
            databaseConnections = count
        }
        if let span = try settings.value("UP_DATABASE_WAIT", "a duration like 500ms or 5s", DurationText.parse) {
            databaseWait = span
        }
        if let isAllowed = try settings.flag("UP_DATABASE_ALLOW_PLAINTEXT") { allowsPlaintextDatabase = isAllowed }
        #if PostgreSQL
        if let databaseURL {
            try DatabaseLocation.encryption(
                of: databaseURL, option: "UP_DATABASE_URL", allowingPlaintext: allowsPlaintextDatabase)
        }
        #else
        if databaseURL != nil {
            throw ConfigurationError(
                description: "UP_DATABASE_URL cannot be used: this program was built where there was no libpq.")
        }
        #endif
        if let host = settings.text("UP_HOST") { self.host = host }
        if let isAllowed = try settings.flag("UP_HTTP_ALLOW_PLAINTEXT") { allowsPlainHTTP = isAllowed }
        if let port = try settings.value("UP_PORT", "a number from 0 to 65535", { Int($0) }) {
            guard (0...65535).contains(port) else { throw settings.error("UP_PORT", "a number from 0 to 65535") }
            self.port = port
        }
        if let directory = settings.text("UP_DATA_DIR") { dataDirectory = directory }
        sandboxSetupToken = try settings.value(
            "UP_SANDBOX_SETUP_TOKEN", "up_setup_ and 43 to 200 letters, digits, hyphens or underscores after it",
            ServerConfiguration.setupToken)
        let duration = "a duration like 500ms, 5s, 1m or 24h"
        if let step = try settings.value("UP_SANDBOX_STEP", duration + ", or manual", ServerConfiguration.pace) {
            sandboxStep = step
        }
        if let span = try settings.value("UP_SANDBOX_WIPE_EVERY", duration, DurationText.parse) {
            sandboxWipeEvery = span
        }
        loopbackWebhooks = try settings.value(
            "UP_SANDBOX_LOOPBACK_WEBHOOKS", "on or off", LoopbackWebhooks.init(rawValue:))
        if let span = try settings.value("UP_WEBHOOK_RETRY_DELAY", duration, DurationText.parse) {
            webhookRetryDelay = span
        }
        if let span = try settings.value("UP_AUDIT_RETENTION", duration + ", or 2190d", DurationText.parse) {
            auditRetention = span
        }
        if let span = try settings.value("UP_WEBHOOK_RETENTION", duration + ", or 30d", DurationText.parse) {
            webhookRetention = span
        }
        impetus = try ServerConfiguration.impetus(settings)
        if let span = try settings.value("UP_DISPATCH_AGE", duration, DurationText.parse) { dispatchAge = span }
        if let span = try settings.value("UP_RECONCILE_AFTER", duration, DurationText.parse) { reconcileAfter = span }
        if let span = try settings.value("UP_SHUTDOWN_GRACE", duration, DurationText.parse) {
            shutdownGrace = span
        }
        givenSettings = ServerConfiguration.names.filter { settings.text($0) != nil }
        let rate = "a rate like 600/m, 10/s or 5000/h"
        if let limit = try settings.value("UP_RATE_LIMIT", rate, { RateLimit($0) }) { self.rateLimit = limit }
        if let limit = try settings.value("UP_AUTH_RATE_LIMIT", rate, { RateLimit($0) }) { self.authRateLimit = limit }
        if !settings.isFlag("UP_MASTER_KEY_FILE") {
            masterKey = try settings.value("UP_MASTER_KEY", "32 bytes in base64 or hexadecimal", MasterKey.parse)
        }
        masterKeyFile = settings.text("UP_MASTER_KEY_FILE")
        publicURL = try settings.value("UP_PUBLIC_URL", "an http or https URL", ServerConfiguration.publicURL)
        switch (settings.text("UP_TLS_CERT"), settings.text("UP_TLS_KEY")) {
        case (let certificate?, let key?): certificateFiles = (certificate, key)
        case (nil, nil): break
        default:
            throw ConfigurationError(description: "UP_TLS_CERT and UP_TLS_KEY must be set together.")
        }
        if let proxies = try settings.value(
            "UP_TRUSTED_PROXIES", "addresses or ranges like 10.0.0.0/8, with commas between them", IPAddressBlock.list)
        {
            trustedProxies = proxies
        }
        if let level = try settings.value(
            "UP_LOG_LEVEL", "trace, debug, info, notice, warning, error or critical", { Logger.Level(rawValue: $0) })
        {
            logLevel = level
        }
        if let format = try settings.value("UP_LOG_FORMAT", "text or json", LogFormat.init(rawValue:)) {
            logFormat = format
        }
    }

    /// Every setting.
    private static let names = [
        "UP_AUDIT_RETENTION", "UP_AUTH_RATE_LIMIT", "UP_DATABASE_ALLOW_PLAINTEXT", "UP_DATABASE_CONNECTIONS",
        "UP_DATABASE_URL", "UP_DATABASE_WAIT", "UP_DATA_DIR", "UP_DISPATCH_AGE", "UP_HOST", "UP_HTTP_ALLOW_PLAINTEXT",
        "UP_IMPETUS_CALLBACK_SECRET", "UP_IMPETUS_TOKEN", "UP_IMPETUS_URL", "UP_LOG_FORMAT", "UP_LOG_LEVEL",
        "UP_MASTER_KEY", "UP_MASTER_KEY_FILE", "UP_PORT", "UP_PUBLIC_URL", "UP_RATE_LIMIT", "UP_RECONCILE_AFTER",
        "UP_SANDBOX_LOOPBACK_WEBHOOKS", "UP_SANDBOX_SETUP_TOKEN", "UP_SANDBOX_STEP", "UP_SANDBOX_WIPE_EVERY",
        "UP_SHUTDOWN_GRACE", "UP_TLS_CERT", "UP_TLS_KEY", "UP_TRUSTED_PROXIES", "UP_WEBHOOK_RETENTION",
        "UP_WEBHOOK_RETRY_DELAY",
    ]

    private static func databaseURL(_ text: String) -> String? {
        text.hasPrefix("postgres://") || text.hasPrefix("postgresql://") ? text : nil
    }

    private static func setupToken(_ text: String) -> String? {
        let prefix = SecretPrefix.setupToken.rawValue
        guard text.hasPrefix(prefix) else { return nil }
        let rest = text.utf8.dropFirst(prefix.utf8.count)
        let isPlain = rest.allSatisfy { byte in
            ASCIIDigits.isDigit(byte) || (UInt8(ascii: "a")...UInt8(ascii: "z")).contains(byte | 0x20)
                || byte == UInt8(ascii: "-") || byte == UInt8(ascii: "_")
        }
        return (43...200).contains(rest.count) && isPlain ? text : nil
    }

    private static func pace(_ text: String) -> SandboxPace? {
        text == "manual" ? .manual : DurationText.parse(text).map(SandboxPace.every)
    }

    private static func impetus(_ settings: Settings) throws -> ImpetusSettings? {
        let url = try settings.value(
            "UP_IMPETUS_URL", "an https URL, or an http one of this machine", ServerConfiguration.impetusURL)
        let token = try settings.value(
            "UP_IMPETUS_TOKEN", "1 to 4096 visible ASCII characters", ServerConfiguration.bearerToken)
        let secret = try settings.value(
            "UP_IMPETUS_CALLBACK_SECRET", "at least 32 characters", { $0.utf8.count >= 32 ? $0 : nil })
        switch (url, token) {
        case (let url?, let token?): return ImpetusSettings(url: url, token: token, callbackSecret: secret)
        case (nil, nil):
            guard secret == nil else {
                throw ConfigurationError(description: "UP_IMPETUS_CALLBACK_SECRET is of no use without UP_IMPETUS_URL.")
            }
            return nil
        default: throw ConfigurationError(description: "UP_IMPETUS_URL and UP_IMPETUS_TOKEN must be set together.")
        }
    }

    /// Patients' names go there: in the clear only within this machine.
    private static func impetusURL(_ text: String) -> String? {
        guard let plain = publicURL(text), let url = URLComponents(string: plain), url.user == nil else { return nil }
        return url.scheme == "https" || LoopbackHost.contains(url.host ?? "") ? plain : nil
    }

    private static func bearerToken(_ text: String) -> String? {
        (1...4096).contains(text.utf8.count) && text.utf8.allSatisfy { (0x21...0x7E).contains($0) } ? text : nil
    }

    private static func publicURL(_ text: String) -> String? {
        guard let url = URLComponents(string: text), url.scheme == "http" || url.scheme == "https",
            url.host?.isEmpty == false, url.query == nil, url.fragment == nil
        else { return nil }
        return text.hasSuffix("/") ? String(text.dropLast()) : text
    }
}
