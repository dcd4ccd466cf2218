internal import Metrics
internal import PartnerAPI

/// The texts of the metrics' `# HELP` lines. A test fails if a metric is missing here.
enum MetricCatalog {
    /// The prefix of every metric but those of `ProcessMetrics`, whose names are the same in all programs.
    static let prefix = "united_pharmacy_"

    /// Keys are the exposed names without the prefix.
    static let help = [
        "accept_failures_total":
            "Connections that could not be accepted, because file descriptors or memory were exhausted.",
        "audit_anchor_mismatch": "1 while the audit log does not match its anchors outside the database.",
        "audit_anchor_sink_failing": "1 while anchors of the audit log cannot be written to a sink.",
        "authorization_rows_altered_total":
            "Detections of altered authorization rows in the database, by kind.",
        "backlog_items": "Work items that wait, by kind; counted every 15 seconds, up to 10,000.",
        "backlog_oldest_age_seconds": "Age of the oldest waiting work item, by kind.",
        "catalogue_products_refused_total":
            "Products that were omitted from a catalog because they are invalid, by cause.",
        "clock_ahead_of_database_seconds":
            "How far this process's clock is ahead of PostgreSQL's; negative when it is behind.",
        "deprecated_requests_total":
            "Requests that use deprecated operations, parameters or members, by operation and element.",
        "build_info": "Always 1; the labels are the version, the compiler's version and the database engine.",
        "integrity_findings": "Inconsistencies that the last integrity check found, by kind.",
        "integrity_last_finished_timestamp_seconds": "End of the last integrity check, in Unix seconds.",
        "metrics_series_dropped_total":
            "Metrics that were requested but not recorded, because there are too many series.",
        "order_reports_refused_total": "Order reports of pharmacies that were refused, by reason.",
        "pharmacies_refused_total": "Pharmacies that were omitted from the list because they are invalid, by cause.",
        "quarantined_items": "Records that background work cannot process, by the kind of work.",
        "log_entries_dropped_total": "Log entries that could not be written fast enough.",
        "request_log_dropped_total":
            "Requests that are missing in partners' request logs, because it could not be written.",
        "request_duration_seconds": "Duration of requests, by operation.",
        "requests_total": "Requests by operation, method and status.",
        "store_errors_total": "Transactions that failed because of the database, by kind of fault.",
        "store_oldest_transaction_seconds": "Age of the database's oldest open transaction.",
        "store_wait_seconds": "Time that transactions waited for a connection, by access.",
        "store_wal_bytes": "Size of SQLite's write-ahead log.",
        "unreadable_keys": "Owners of keys that could not decrypt their data at the start.",
        "webhook_attempt_duration_seconds": "Duration of webhook delivery attempts.",
        "webhook_attempts_total": "Webhook delivery attempts by outcome.",
        "webhook_lag_seconds": "How long the oldest due webhook delivery has been due.",
        "webhook_lookups_in_progress": "DNS lookups of webhook receivers that occupy a thread now.",
        "webhook_lookups_total": "DNS lookups of webhook receivers by outcome.",
        "webhook_lookups_waited_total": "DNS lookups of webhook receivers that had to wait for a thread.",
        "webhook_lookups_waiting": "DNS lookups of webhook receivers that wait for a thread now.",
        "webhook_tests_total": "Test webhooks by outcome.",
        "webhook_urls_failing": "Webhook URLs to which deliveries keep failing.",
    ]

    /// Records the version, the compiler and the database engine.
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

    /// The version of the compiler, which Swift only provides in conditions.
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
