internal import Metrics
internal import PartnerAPI

/// What the server's metrics count: the text of their `# HELP` lines. A metric that is missing here fails a test.
enum MetricCatalog {
    /// Stands before every name but those of the process, which are the same for all programs.
    static let prefix = "united_pharmacy_"

    /// By the names as they are exposed, without the prefix.
    static let help = [
        "accept_failures_total": "Connections that were not accepted for want of file descriptors or memory.",
        "audit_anchor_mismatch": "1 while the audit log does not match its anchors outside the database.",
        "audit_anchor_sink_failing": "1 while anchors of the audit log cannot be written to a sink.",
        "authorization_rows_altered_total":
            "Finds of rows that grant something and were altered in the database, by kind.",
        "backlog_items": "Work that waits, by kind, counted up to 10,000 every 15 seconds.",
        "backlog_oldest_age_seconds": "How long the oldest of the work that waits has waited, by kind.",
        "catalogue_products_refused_total":
            "Products that were left out of a catalog for what is wrong with them, by cause.",
        "clock_ahead_of_database_seconds":
            "How far this process's clock is ahead of PostgreSQL's; below 0 where it is behind.",
        "build_info": "Always 1; the labels are the version, the compiler's version and the database engine.",
        "integrity_findings": "Records that disagree, as the last integrity check has found them, by kind.",
        "integrity_last_finished_timestamp_seconds": "When the last integrity check ended, in Unix seconds.",
        "metrics_series_dropped_total": "Metrics that were asked for and are not kept, as there are too many series.",
        "order_reports_refused_total": "Reports of pharmacies that were refused, by reason.",
        "pharmacies_refused_total": "Pharmacies that were left out of the list for what is wrong with them, by cause.",
        "quarantined_items": "Records on which background work fails for their own sake, by the work.",
        "request_duration_seconds": "How long requests took, by operation.",
        "requests_total": "Requests by operation, method and status.",
        "store_errors_total": "Transactions that failed with the database itself, by the kind of the fault.",
        "store_oldest_transaction_seconds": "How long the database's oldest transaction has been open.",
        "store_wait_seconds": "How long transactions waited for a connection before they began, by access.",
        "store_wal_bytes": "Size of SQLite's write-ahead file.",
        "unreadable_keys": "Owners of keys that did not open what they had sealed, at the start.",
        "webhook_attempt_duration_seconds": "How long attempts of webhook deliveries took.",
        "webhook_attempts_total": "Attempts of webhook deliveries by outcome.",
        "webhook_lag_seconds": "How long the webhook delivery that is due longest has been due.",
        "webhook_lookups_in_progress": "Look-ups of webhook receivers' names that hold a thread now.",
        "webhook_lookups_total": "Look-ups of webhook receivers' names by outcome.",
        "webhook_lookups_waited_total": "Webhook receivers' names that had to wait for a thread to be looked up.",
        "webhook_lookups_waiting": "Webhook receivers' names that wait for a thread to be looked up.",
        "webhook_tests_total": "Test webhooks by outcome.",
        "webhook_urls_failing": "Webhook URLs to which deliveries keep failing.",
    ]

    /// Records what runs.
    /// - Parameter isPostgreSQL: whether the data is in PostgreSQL, rather than in SQLite.
    static func recordBuild(isPostgreSQL: Bool) {
        Gauge(
            label: "build_info",
            dimensions: [
                ("version", PartnerAPIRouter.version), ("swift", compiler),
                ("engine", isPostgreSQL ? "postgresql" : "sqlite"),
            ]
        ).record(1)
    }

    /// The version of the compiler, which Swift tells in conditions alone.
    private static var compiler: String {
        #if compiler(>=6.5)
        "6.5 or newer"
        #elseif compiler(>=6.4)
        "6.4"
        #elseif compiler(>=6.3)
        "6.3"
        #else
        "6.2"
        #endif
    }
}
