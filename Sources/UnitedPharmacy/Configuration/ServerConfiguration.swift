internal import FoundationEssentials
internal import Logging
internal import NIOCore
internal import PharmacyDomain
internal import PharmacyServices
internal import PharmacyStore

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
    /// How long the start waits for a database server that does not answer yet.
    var databaseStartWait = Duration.seconds(30)
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
    /// The file that anchors of the audit log are appended to; without, one in the data directory.
    var auditAnchorFile: String?
    /// Whether anchors of the audit log go to the system's log, too.
    var sendsAuditAnchorsToSyslog = false
    /// Where anchors of the audit log are posted to, too.
    var auditAnchorURL: String?
    /// How long events, their deliveries and attempts are kept.
    var webhookRetention = ServiceLimits.webhookRetention
    /// The pharmacies' system of tenants that are not sandboxes; without, they are told that it does not answer.
    var impetus: ImpetusSettings?
    /// How long an order that cannot be handed over is tried.
    var dispatchAge = ServiceLimits.dispatchAge
    /// How long an order may be silent before the pharmacy is asked about it.
    var reconcileAfter = ReconciliationPolicy().after
    /// How long a connection stays open between requests.
    var keepAlive = ConnectionLimits().keepAlive
    /// How long requests under way have to finish when the server is told to stop.
    var shutdownGrace = Duration.seconds(30)
    /// The names of the settings that were given, for the audit log.
    var givenSettings: [String] = []
    /// Every setting with where it comes from, for people.
    private(set) var shownSettings: [SettingsReader.Shown] = []
    /// The names of those that could not be read.
    private(set) var refusedSettings: Set<String> = []
    var masterKey: [UInt8]?
    var masterKeyFile: String?
    var publicURL: String?
    /// The files of a certificate and of its private key; without, the server speaks plain HTTP.
    var certificateFiles: (certificate: String, key: String)?
    /// Reverse proxies whose `X-Forwarded-For` is believed.
    var trustedProxies: [IPAddressBlock] = []
    var logLevel = Logger.Level.info
    var logFormat = LogFormat.text

    /// - Throws: `ConfigurationError` with everything that is wrong.
    init(_ settings: Settings) throws {
        let (configuration, faults) = try ServerConfiguration.reading(settings)
        guard faults.isEmpty else { throw ConfigurationError(faults: faults) }
        self = configuration
    }

    /// Reads settings also where some of them cannot be read, which then have their defaults.
    /// - Returns: what they come to, and what is wrong with them, a sentence each.
    static func reading(_ settings: Settings) throws -> (ServerConfiguration, faults: [String]) {
        var reader = SettingsReader(settings)
        let configuration = try ServerConfiguration(&reader)
        return (configuration, reader.faults)
    }

    private init(_ reader: inout SettingsReader) throws {
        guard let rateLimit = RateLimit("600/m"), let authRateLimit = RateLimit("30/m") else {
            throw ConfigurationError(description: "The built-in rate limits cannot be read.")
        }
        self.rateLimit = rateLimit
        self.authRateLimit = authRateLimit
        readAddresses(&reader)
        readStorage(&reader)
        readTimes(&reader)
        readAudit(&reader)
        self.rateLimit = reader.value("UP_RATE_LIMIT", .rate, default: rateLimit)
        self.authRateLimit = reader.value("UP_AUTH_RATE_LIMIT", .rate, default: authRateLimit)
        sandboxSetupToken = reader.value(
            "UP_SANDBOX_SETUP_TOKEN",
            .text(
                "up_setup_ and 43 to 200 letters, digits, hyphens or underscores after it",
                ServerConfiguration.setupToken), otherwise: "made by the server")
        loopbackWebhooks = reader.value(
            "UP_SANDBOX_LOOPBACK_WEBHOOKS", .word, otherwise: "decided by the other settings")
        impetus = ServerConfiguration.impetus(&reader)
        logLevel = reader.value("UP_LOG_LEVEL", .word, default: logLevel)
        logFormat = reader.value("UP_LOG_FORMAT", .word, default: logFormat)
        givenSettings = reader.given
        shownSettings = reader.shown.sorted { $0.name < $1.name }
        refusedSettings = reader.refused
    }

    /// Where the server listens, and how it is reached.
    private mutating func readAddresses(_ reader: inout SettingsReader) {
        host = reader.value("UP_HOST", .host, default: host)
        port = reader.value("UP_PORT", .number(SettingRanges.port), default: port)
        allowsPlainHTTP = reader.value("UP_HTTP_ALLOW_PLAINTEXT", .yesOrNo, default: allowsPlainHTTP)
        publicURL = reader.value("UP_PUBLIC_URL", .publicURL, otherwise: "localhost with the port")
        let certificate = reader.value("UP_TLS_CERT", .path)
        let key = reader.value("UP_TLS_KEY", .path)
        switch (certificate, key) {
        case (let certificate?, let key?): certificateFiles = (certificate, key)
        case (nil, nil): break
        default: reader.refuse("UP_TLS_CERT and UP_TLS_KEY must be set together.")
        }
        let most = SettingRanges.trustedProxies.upperBound
        let proxies = SettingKind<String>.text(
            "at most \(most) addresses or ranges like 10.0.0.0/8, with commas between them"
        ) { text in
            (IPAddressBlock.list(text)?.count).flatMap { SettingRanges.trustedProxies.contains($0) ? text : nil }
        }
        trustedProxies = reader.value("UP_TRUSTED_PROXIES", proxies).flatMap(IPAddressBlock.list) ?? []
    }

    /// Where data is, and the key to it.
    private mutating func readStorage(_ reader: inout SettingsReader) {
        dataDirectory = reader.value("UP_DATA_DIR", .path, default: dataDirectory)
        databaseURL = reader.value(
            "UP_DATABASE_URL",
            .text(
                "a URL like postgres://user@host/database, with %40 for an @ in the password",
                ServerConfiguration.databaseURL),
            otherwise: "SQLite in the data directory")
        databaseConnections = reader.value(
            "UP_DATABASE_CONNECTIONS", .number(SettingRanges.databaseConnections), default: databaseConnections)
        databaseWait = reader.value(
            "UP_DATABASE_WAIT", .duration(SettingRanges.databaseWait), default: databaseWait)
        databaseStartWait = reader.value(
            "UP_DATABASE_START_WAIT", .duration(SettingRanges.databaseStartWait), default: databaseStartWait)
        allowsPlaintextDatabase = reader.value(
            "UP_DATABASE_ALLOW_PLAINTEXT", .yesOrNo, default: allowsPlaintextDatabase)
        #if PostgreSQL
        if let databaseURL {
            let allowing = allowsPlaintextDatabase
            do {
                try DatabaseLocation.encryption(
                    of: databaseURL, option: "UP_DATABASE_URL", allowingPlaintext: allowing)
            } catch {
                reader.refuse("\(error)", of: "UP_DATABASE_URL")
            }
        }
        #else
        if databaseURL != nil {
            reader.refuse(
                "UP_DATABASE_URL cannot be used: this program was built where there was no libpq.",
                of: "UP_DATABASE_URL")
        }
        #endif
        if !reader.isFlag("UP_MASTER_KEY_FILE") {
            let key = SettingKind<String>.text("32 bytes in base64 or hexadecimal") { text in
                MasterKey.parse(text) == nil ? nil : text
            }
            masterKey = reader.value("UP_MASTER_KEY", key).flatMap(MasterKey.parse)
        }
        masterKeyFile = reader.value(
            "UP_MASTER_KEY_FILE", .path, otherwise: "\(DataDirectory.masterKeyName) in the data directory")
    }

    /// How long what takes.
    private mutating func readTimes(_ reader: inout SettingsReader) {
        sandboxStep = reader.value("UP_SANDBOX_STEP", .pace(SettingRanges.sandboxStep), default: sandboxStep)
        sandboxWipeEvery = reader.value(
            "UP_SANDBOX_WIPE_EVERY", .duration(SettingRanges.sandboxWipeEvery), default: sandboxWipeEvery)
        webhookRetryDelay = reader.value(
            "UP_WEBHOOK_RETRY_DELAY", .duration(SettingRanges.webhookRetryDelay), default: webhookRetryDelay)
        webhookRetention = reader.value(
            "UP_WEBHOOK_RETENTION", .duration(SettingRanges.webhookRetention), default: webhookRetention)
        if webhookRetention <= webhookRetryDelay * SettingRanges.webhookAttempts {
            reader.refuse(
                "UP_WEBHOOK_RETENTION must be longer than \(SettingRanges.webhookAttempts) times "
                    + "UP_WEBHOOK_RETRY_DELAY: a delivery must be over before it is removed.")
        }
        dispatchAge = reader.value(
            "UP_DISPATCH_AGE", .duration(SettingRanges.dispatchAge), default: dispatchAge)
        reconcileAfter = reader.value(
            "UP_RECONCILE_AFTER", .duration(SettingRanges.reconcileAfter), default: reconcileAfter)
        keepAlive = reader.value(
            "UP_KEEP_ALIVE", .duration(SettingRanges.keepAlive), default: keepAlive)
        shutdownGrace = reader.value(
            "UP_SHUTDOWN_GRACE", .duration(SettingRanges.shutdownGrace), default: shutdownGrace)
    }

    private mutating func readAudit(_ reader: inout SettingsReader) {
        auditRetention = reader.value(
            "UP_AUDIT_RETENTION", .duration(SettingRanges.auditRetention), default: auditRetention)
        auditAnchorFile = reader.value(
            "UP_AUDIT_ANCHOR_FILE", .path, otherwise: "audit-anchors.log in the data directory")
        sendsAuditAnchorsToSyslog = reader.value(
            "UP_AUDIT_ANCHOR_SYSLOG", .yesOrNo, default: sendsAuditAnchorsToSyslog)
        auditAnchorURL = reader.value("UP_AUDIT_ANCHOR_URL", .outgoingURL)
    }

    private static func databaseURL(_ text: String) -> String? {
        guard text.hasPrefix("postgres://") || text.hasPrefix("postgresql://") else { return nil }
        // The @ of a password that does not have it as %40 would make the rest of the password part of the host, which errors
        // and the log name.
        return text.prefix { $0 != "?" }.count { $0 == "@" } <= 1 ? text : nil
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

    private static func impetus(_ reader: inout SettingsReader) -> ImpetusSettings? {
        let url = reader.value("UP_IMPETUS_URL", .outgoingURL)
        let token = reader.value(
            "UP_IMPETUS_TOKEN", .text("1 to 4096 visible ASCII characters", ServerConfiguration.bearerToken))
        let secret = reader.value(
            "UP_IMPETUS_CALLBACK_SECRET",
            .text("32 to 4096 characters") { (32...4096).contains($0.utf8.count) ? $0 : nil })
        switch (url, token) {
        case (let url?, let token?): return ImpetusSettings(url: url, token: token, callbackSecret: secret)
        case (nil, nil):
            if secret != nil { reader.refuse("UP_IMPETUS_CALLBACK_SECRET is of no use without UP_IMPETUS_URL.") }
        default: reader.refuse("UP_IMPETUS_URL and UP_IMPETUS_TOKEN must be set together.")
        }
        return nil
    }

    /// Where the database is.
    func place(in directory: DataDirectory) -> InstallationPlace {
        #if PostgreSQL
        if let databaseURL { return .server(url: databaseURL) }
        #endif
        return .file(directory.databasePath)
    }

    /// The file of anchors of the audit log.
    func auditAnchors(in directory: DataDirectory) -> AuditAnchorFile {
        AuditAnchorFile(path: auditAnchorFile ?? directory.auditAnchorPath)
    }

    private static func bearerToken(_ text: String) -> String? {
        (1...4096).contains(text.utf8.count) && text.utf8.allSatisfy { (0x21...0x7E).contains($0) } ? text : nil
    }
}
