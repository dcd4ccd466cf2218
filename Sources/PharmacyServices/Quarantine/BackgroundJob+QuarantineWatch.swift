package import Logging
internal import Metrics
internal import PharmacyDomain

extension BackgroundJob {
    /// Counts quarantined items in the metrics, and removes items that have not failed for `ServiceLimits.quarantineRetention`.
    package static func quarantineWatch(of quarantine: Quarantine, logger: Logger) -> BackgroundJob {
        let gauges = QuarantinedItem.Work.allCases.map {
            ($0, Gauge(label: "quarantined_items", dimensions: [("work", $0.rawValue)]))
        }
        return BackgroundJob(
            "quarantine watch", every: ServiceLimits.quarantineInterval, time: quarantine.time, logger: logger
        ) {
            let counts = try await quarantine.counts()
            for (work, gauge) in gauges { gauge.record(counts[work, default: 0]) }
            if !counts.isEmpty { try await quarantine.prune() }
        }
    }
}
