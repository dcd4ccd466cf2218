/// The names of all settings, and what is said of names that are none.
enum SettingNames {
    /// Those that `ServerConfiguration` reads.
    static let all: Set<String> = [
        "UP_AUDIT_ANCHOR_FILE", "UP_AUDIT_ANCHOR_SYSLOG", "UP_AUDIT_ANCHOR_URL", "UP_AUDIT_RETENTION",
        "UP_AUTH_RATE_LIMIT", "UP_DATABASE_ALLOW_PLAINTEXT", "UP_DATABASE_CONNECTIONS", "UP_DATABASE_START_WAIT",
        "UP_DATABASE_URL", "UP_DATABASE_WAIT", "UP_DATA_DIR", "UP_DISPATCH_AGE", "UP_HOST", "UP_HTTP_ALLOW_PLAINTEXT",
        "UP_IMPETUS_CALLBACK_SECRET", "UP_IMPETUS_TOKEN", "UP_IMPETUS_URL", "UP_LOG_FORMAT", "UP_LOG_LEVEL",
        "UP_MASTER_KEY", "UP_MASTER_KEY_FILE", "UP_PORT", "UP_PUBLIC_URL", "UP_RATE_LIMIT", "UP_RECONCILE_AFTER",
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

    /// The setting that was probably meant: the one with the fewest letters to change, where these are few.
    static func nearest(to name: String) -> String? {
        let asked = Array(name.uppercased().utf8)
        // A name that is much longer is no misspelling, and would take long to compare.
        guard asked.count <= 64 else { return nil }
        let candidates = all.sorted().map { (name: $0, distance: distance(asked, Array($0.utf8))) }
        guard let best = candidates.min(by: { $0.distance < $1.distance }) else { return nil }
        return best.distance <= max(2, best.name.utf8.count / 4) ? best.name : nil
    }

    /// How many bytes must be inserted, removed or replaced (the Levenshtein distance).
    private static func distance(_ one: [UInt8], _ other: [UInt8]) -> Int {
        var row = Array(0...other.count)
        for (line, byte) in one.enumerated() {
            var diagonal = row[0]
            row[0] = line + 1
            for column in other.indices {
                let replaced = diagonal + (byte == other[column] ? 0 : 1)
                diagonal = row[column + 1]
                row[column + 1] = min(replaced, diagonal + 1, row[column] + 1)
            }
        }
        return row[other.count]
    }
}
