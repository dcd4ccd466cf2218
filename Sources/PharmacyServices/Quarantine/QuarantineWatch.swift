package import Logging
internal import Metrics
internal import PharmacyDomain
internal import PharmacyStore
internal import ServiceLifecycle

/// Counts the items that background work fails on, and removes records of items that have not failed again for long.
package struct QuarantineWatch: Service {
    private let environment: ServiceEnvironment
    private let work: PeriodicWork

    package init(environment: ServiceEnvironment, logger: Logger) {
        self.environment = environment
        work = PeriodicWork(
            name: "quarantine watch", interval: ServiceLimits.quarantineInterval, time: environment.time,
            logger: logger)
    }

    package func run() async throws {
        let gauges = QuarantinedItem.Work.allCases.map {
            ($0, Gauge(label: "quarantined_items", dimensions: [("work", $0.rawValue)]))
        }
        await work.run {
            let counts = try await environment.store.systemRead { try $0.quarantineCounts() }
            for (work, gauge) in gauges { gauge.record(counts[work, default: 0]) }
            if !counts.isEmpty { try await prune() }
        }
    }

    /// Removes records whose next try is long past: the item is gone, or another process has done with it.
    package func prune() async throws {
        let moment = environment.now - ServiceLimits.quarantineKept
        try await environment.store.systemWrite(.claims) { try $0.pruneQuarantine(triedBefore: moment) }
    }
}
