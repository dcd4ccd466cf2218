internal import PharmacyDomain

/// The names of all settings, and what is said of names that are none.
enum SettingNames {
    /// Those that `ServerConfiguration` reads.
    static let all: Set<String> = [
        "UP_AUDIT_ANCHOR_FILE", "UP_AUDIT_ANCHOR_SYSLOG", "UP_AUDIT_ANCHOR_URL", "UP_AUDIT_RETENTION",
        "UP_AUTH_RATE_LIMIT", "UP_DATABASE_ALLOW_PLAINTEXT", "UP_DATABASE_CONNECTIONS", "UP_DATABASE_START_WAIT",
        "UP_DATABASE_URL", "UP_DATABASE_WAIT", "UP_DATA_DIR", "UP_DISPATCH_AGE", "UP_HOST", "UP_HTTP_ALLOW_PLAINTEXT",
        "UP_IMPETUS_CALLBACK_SECRET", "UP_IMPETUS_TOKEN", "UP_IMPETUS_URL", "UP_KEEP_ALIVE", "UP_LOG_FORMAT",
        "UP_LOG_LEVEL", "UP_MASTER_KEY", "UP_MASTER_KEY_FILE", "UP_PORT", "UP_PUBLIC_URL", "UP_RATE_LIMIT",
        "UP_RECONCILE_AFTER",
        "UP_SANDBOX_LOOPBACK_WEBHOOKS", "UP_SANDBOX_SETUP_TOKEN", "UP_SANDBOX_STEP", "UP_SANDBOX_WIPE_EVERY",
        "UP_SHUTDOWN_GRACE", "UP_TLS_CERT", "UP_TLS_KEY", "UP_TRUSTED_PROXIES", "UP_WEBHOOK_RETENTION",
        "UP_WEBHOOK_RETRY_DELAY",
    ]

    /// Settings whose values are written nowhere, also where swift-configuration logs what is read.
    static let secrets: Set<String> = [
        "UP_AUDIT_ANCHOR_URL", "UP_DATABASE_URL", "UP_IMPETUS_CALLBACK_SECRET", "UP_IMPETUS_TOKEN", "UP_MASTER_KEY",
        "UP_SANDBOX_SETUP_TOKEN",
    ]

    /// The file of settings itself, which only the environment and a flag can name.
    static let file = "UP_CONFIG"

    /// Variables that begin alike and belong to the build and its tests.
    private static let others = ["UP_LIBPQ", "UP_TEST_"]

    /// Whether a variable of the environment looks like a setting and is none.
    static func isUnknown(variable name: String) -> Bool {
        name.uppercased().hasPrefix("UP_") && !all.contains(name) && name != file
            && !others.contains(where: name.hasPrefix)
    }

    /// The setting that was probably meant.
    static func nearest(to name: String) -> String? { NearestName.of(name, among: all.sorted()) }
}
