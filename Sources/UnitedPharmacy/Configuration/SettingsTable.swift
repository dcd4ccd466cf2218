internal import Logging
internal import PharmacyDomain
internal import PharmacyStore

/// All settings, each declared once. The flags and the help of `serve`, the names in the environment and in a file of
/// settings, the table in README.md and `Documentation/united-pharmacy.sample.conf` come from here, and tests compare
/// them.
///
/// To add a setting: add a member with its default to `ServerConfiguration`, a row here, and use the member.
enum SettingsTable {
    struct Group: Sendable {
        let title: String
        let settings: [Setting]
    }

    static let groups = [
        Group(title: "Address and HTTPS", settings: serving),
        Group(title: "Database", settings: database),
        Group(title: "Encryption at rest", settings: keys),
        Group(title: "Rate limits", settings: limits),
        Group(title: "Sandboxes", settings: sandbox),
        Group(title: "Webhooks", settings: webhooks),
        Group(title: "Pharmacies", settings: pharmacies),
        Group(title: "Audit log", settings: audit),
        Group(title: "Logs", settings: logs),
    ]

    static let all: [Setting] = groups.flatMap(\.settings)

    private static let serving: [Setting] = [
        Setting(
            "UP_HOST", flag: "host", .host, to: \.host,
            help: "Address to listen on."),
        Setting(
            "UP_PORT", flag: "port", .number(0...65_535), to: \.port,
            help: "Port to listen on. `0` selects any free port, which the server prints."),
        Setting(
            "UP_PUBLIC_URL", flag: "public-url", .publicURL, to: \.publicURL,
            otherwise: "http://localhost with the port",
            example: "https://api.example.com",
            help: "The address that partners use, as shown in documents and errors."),
        Setting(
            "UP_SUPPORT_CONTACT", .contact, to: \.supportContact, otherwise: "\"your integration contact\"",
            example: "integration@example.com",
            help: "Whom the developer hub names for help."),
        Setting(
            "UP_TLS_CERT", flag: "tls-cert", .path, to: \.certificateFile, example: "/etc/united-pharmacy/tls.crt",
            help: "A PEM file with the certificate chain: serves HTTPS with HTTP/2. Read again at `SIGHUP`.",
            page: "https-and-proxies.md"),
        Setting(
            "UP_TLS_KEY", flag: "tls-key", .path, to: \.certificateKeyFile, example: "/etc/united-pharmacy/tls.key",
            help: "A PEM file with the private key of the certificate."),
        Setting(
            "UP_HTTP_ALLOW_PLAINTEXT", flag: "allow-plaintext-http", .yesOrNo, to: \.allowsPlainHTTP,
            help: "`yes`: allow plain HTTP on an address that is not loopback, for example behind a TLS proxy.",
            page: "https-and-proxies.md#serve-https"),
        Setting(
            "UP_TRUSTED_PROXIES", .addressBlocks(limit: 256), to: \.trustedProxies, example: "10.0.0.0/8, ::1",
            help: "Reverse proxies whose `X-Forwarded-For` is trusted."),
        Setting(
            // The lower end serves no purpose below a second; no proxy keeps a connection for longer than an hour.
            "UP_KEEP_ALIVE", flag: "keep-alive", .duration(.seconds(1) ... .hours(1)), to: \.keepAlive,
            help: "How long an idle connection stays open. Must be longer than the idle timeout of the proxy in front.",
            page: "https-and-proxies.md#connection-timeouts"),
        Setting(
            // Service managers kill a process that has not stopped after some minutes.
            "UP_SHUTDOWN_GRACE", .duration(.milliseconds(100) ... .minutes(10)), to: \.shutdownGrace,
            help: "How long requests in progress may take to finish when the server stops."),
    ]

    private static let database: [Setting] = [
        Setting(
            "UP_DATA_DIR", flag: "data-dir", .path, to: \.dataDirectory,
            help: "Directory of the database and the key file."),
        Setting(
            "UP_DATABASE_URL", flag: "database-url", secret: true, .postgreSQLURL, to: \.databaseURL,
            otherwise: "SQLite in the data directory", example: "postgresql://user@host/name?sslmode=verify-full",
            help: "A PostgreSQL database.", page: "postgresql.md"),
        Setting(
            "UP_DATABASE_ALLOW_PLAINTEXT", .yesOrNo, to: \.allowsPlaintextDatabase,
            help: "`yes`: allow an unencrypted connection (`sslmode` below `require`) to a database on another machine."
        ),
        Setting(
            "UP_DATABASE_CONNECTIONS", .number(StoreLimits.connections), to: \.databaseConnections,
            documentedDefault: "3, and 3 for each processor", example: "15",
            help: "Connections of one node to PostgreSQL."),
        Setting(
            // A request that waits for longer has lost its client: proxies give up after 60 seconds.
            "UP_DATABASE_WAIT", .duration(.milliseconds(10) ... .minutes(1)), to: \.databaseWait,
            help:
                "How long a request waits for one of these connections before it gets a 503. If it is more than 5 s, "
                + "it "
                + "is also the time within which a request must be complete."),
        Setting(
            // At most an hour, so that a failed start is noticed within that time.
            "UP_DATABASE_START_WAIT", .duration(.zero ... .hours(1)), to: \.databaseStartWait,
            help: "How long the start waits for PostgreSQL to respond. `0s`: not at all."),
    ]

    private static let keys: [Setting] = [
        Setting(
            "UP_MASTER_KEY", secret: true, .masterKey, to: \.masterKey, otherwise: "read from UP_MASTER_KEY_FILE",
            overriddenByFlagOf: "UP_MASTER_KEY_FILE",
            help: "The key that encrypts all other keys.", page: "keys.md"),
        Setting(
            "UP_MASTER_KEY_FILE", flag: "master-key-file", .path, to: \.masterKeyFile,
            otherwise: "\(DataDirectory.masterKeyName) in the data directory, created at the first start",
            example: "/etc/united-pharmacy/master.key",
            help: "A file with that key. The flag takes precedence over `UP_MASTER_KEY`."),
    ]

    private static let limits: [Setting] = [
        Setting(
            "UP_RATE_LIMIT", .rate, to: \.rateLimit,
            help: "Requests of one credential, to all nodes together: `N/s`, `N/m` or `N/h`."),
        Setting(
            "UP_AUTH_RATE_LIMIT", .rate, to: \.authRateLimit,
            help:
                "Requests of one client address to the token endpoints, and order reports of one client address "
                + "without "
                + "a valid signature."),
    ]

    private static let sandbox: [Setting] = [
        Setting(
            "UP_SANDBOX_SETUP_TOKEN", secret: true, .setupToken, to: \.sandboxSetupToken,
            otherwise: "generated at the first start and after each wipe",
            help: "A fixed setup token for the tenant `sandbox`."),
        Setting(
            "UP_SANDBOX_LOOPBACK_WEBHOOKS", .word, to: \.loopbackWebhooks, otherwise: "depends on other settings",
            example: "off", help: "Whether sandboxes may send webhooks to this machine.",
            page: "https-and-proxies.md#allow-webhooks-from-sandboxes-to-this-machine"),
        Setting(
            "UP_SANDBOX_STEP", .pace(.milliseconds(1) ... .hours(24)), to: \.sandboxStep,
            help: "Time between the simulated changes of an order. `manual`: only on request."),
        Setting(
            // At most a year: a sandbox holds transient data.
            "UP_SANDBOX_WIPE_EVERY", .duration(.seconds(1) ... .days(366)), to: \.sandboxWipeEvery,
            help: "How often the data of a sandbox is wiped."),
    ]

    private static let webhooks: [Setting] = [
        Setting(
            "UP_WEBHOOK_RETRY_DELAY", .duration(.milliseconds(1) ... .hours(24)), to: \.webhookRetryDelay,
            help: "Time between the attempts of a delivery.", page: "webhooks.md"),
        Setting(
            "UP_WEBHOOK_RETENTION", .duration(.hours(1) ... .days(3_660)), to: \.webhookRetention,
            help: "How long events, their deliveries and attempts are stored."),
    ]

    private static let pharmacies: [Setting] = [
        Setting(
            "UP_IMPETUS_URL", .outgoingURL, to: \.impetusURL, example: "https://impetus.example.com",
            help: "The pharmacy system of tenants that are not sandboxes.", page: "impetus.md"),
        Setting(
            "UP_IMPETUS_TOKEN", secret: true, .bearerToken, to: \.impetusToken,
            help: "The token that the pharmacy system expects. Set it together with `UP_IMPETUS_URL`."),
        Setting(
            "UP_IMPETUS_CALLBACK_SECRET", secret: true, .callbackSecret, to: \.impetusCallbackSecret,
            help: "The secret that signs reports of the pharmacy system. Without it, all reports are refused."),
        Setting(
            // Shorter than the retention of medication ids of a distrusted key
            // (`ServiceLimits.distrustedMedicationIDs`).
            "UP_DISPATCH_AGE", .duration(.milliseconds(100) ... .days(29)), to: \.dispatchAge,
            help: "How long the server tries to dispatch an order before the order fails."),
        Setting(
            "UP_RECONCILE_AFTER", .duration(.milliseconds(10) ... .days(30)), to: \.reconcileAfter,
            help: "How long there may be no report on an order before the server queries the pharmacy."),
    ]

    private static let audit: [Setting] = [
        Setting(
            "UP_REQUEST_LOG_RETENTION", .duration(.hours(1) ... .days(366)), to: \.requestLogRetention,
            help: "How long the requests of partners are in their request log."),
        Setting(
            "UP_AUDIT_RETENTION", .duration(.days(1) ... .days(36_600)), to: \.auditRetention,
            help: "How long entries of the audit log are stored. The default is 6 years."),
        Setting(
            "UP_AUDIT_ANCHOR_FILE", .path, to: \.auditAnchorFile, otherwise: "audit-anchors.log in the data directory",
            example: "/var/log/united-pharmacy/audit-anchors.log",
            help: "The file that signed anchors of the audit log are appended to.", page: "audit.md#how-it-is-protected"
        ),
        Setting(
            "UP_AUDIT_ANCHOR_SYSLOG", .yesOrNo, to: \.sendsAuditAnchorsToSyslog,
            help: "`yes`: also send anchors to the system's log."),
        Setting(
            "UP_AUDIT_ANCHOR_URL", secret: true, .outgoingURL, to: \.auditAnchorURL,
            example: "https://collector.example.com/anchors", help: "Also post anchors to this URL."),
    ]

    private static let logs: [Setting] = [
        Setting("UP_LOG_LEVEL", .word, to: \.logLevel, help: "The least severe level that is logged."),
        Setting("UP_LOG_FORMAT", .word, to: \.logFormat, help: "The format of logs on standard error."),
    ]
}
