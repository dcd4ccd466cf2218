package import Logging
internal import Metrics
internal import PharmacyDomain
package import PharmacyStore
internal import Synchronization

/// Logs failures of the store for all its users. Each cause is logged when it begins, with what to check, and when it ends, with its
/// duration and the number of failed transactions.
///
/// A cause has ended when all kinds of transactions that failed have succeeded again, and none has failed with it for
/// `ServiceLimits.outageQuiet`: the connections of a pool recover one after the other.
package final class OutageLog: StoreObserver {
    private struct Outage {
        var span: FailureSpan
        var lastFailure: Duration
        var lastFailedWrite: Duration?
        /// The kinds of transactions that have failed and not succeeded since.
        var failing: Set<StoreAccess> = []
        /// When all of them had succeeded again.
        var recovered: Duration?
    }

    /// Faults of the kind `other` are distinguished by their words.
    private struct Cause: Hashable {
        let kind: StoreFault.Kind
        let words: String?

        init(_ fault: StoreFault) {
            kind = fault.kind
            words = fault.kind == .other ? fault.words : nil
        }
    }

    private let time: any ServerClock
    private let logger: Logger
    private let outages = Mutex<[Cause: Outage]>([:])

    package init(time: any ServerClock, logger: Logger) {
        self.time = time
        self.logger = logger
        // The series are there from the start, so that an alert sees them rise.
        for counter in OutageLog.errors.values { counter.increment(by: 0) }
    }

    package func failed(_ fault: StoreFault, _ access: StoreAccess) {
        OutageLog.errors[fault.kind]?.increment()
        let (cause, now) = (Cause(fault), time.elapsed())
        let begins = outages.withLock { outages in
            let before = outages[cause]
            // Beyond the limit the known causes are informative enough.
            guard before != nil || outages.count < ServiceLimits.failureCauses else { return false }
            var outage = before ?? Outage(span: FailureSpan(from: now), lastFailure: now)
            outage.span.add()
            outage.lastFailure = now
            if access == .write { outage.lastFailedWrite = now }
            outage.failing.insert(access)
            outage.recovered = nil
            outages[cause] = outage
            return before == nil
        }
        guard begins else { return }
        logger.log(
            level: fault.kind.isPassing ? .warning : .error, "the database fails: \(fault.words)",
            metadata: ["cause": "\(fault.kind.rawValue)", "access": "\(access.rawValue)"])
    }

    package func succeeded(_ access: StoreAccess) -> Bool {
        let now = time.elapsed()
        let (ended, isOngoing) = outages.withLock { outages in
            var ended: [(Cause, Outage)] = []
            for (cause, var outage) in outages {
                outage.failing.remove(access)
                if outage.failing.isEmpty { outage.recovered = outage.recovered ?? now }
                let isOver = outage.recovered != nil && now - outage.lastFailure >= ServiceLimits.outageQuiet
                outages[cause] = isOver ? nil : outage
                if isOver { ended.append((cause, outage)) }
            }
            return (ended, !outages.isEmpty)
        }
        for (cause, outage) in ended {
            var metadata = outage.span.metadata(until: outage.recovered ?? now)
            metadata["cause"] = "\(cause.kind.rawValue)"
            logger.notice("the database works again", metadata: metadata)
        }
        return isOngoing
    }

    /// Whether any cause has not ended.
    var isOngoing: Bool { outages.withLock { !$0.isEmpty } }

    /// The lasting fault with which writes have failed within a span; `nil` where there was none, or it usually ends by itself.
    func lastingFault(ofWritesWithin span: Duration) -> StoreFault.Kind? {
        let now = time.elapsed()
        return outages.withLock { outages in
            outages.first { cause, outage in
                guard !cause.kind.isPassing, cause.kind != .other, let last = outage.lastFailedWrite else {
                    return false
                }
                return now - last < span
            }?.key.kind
        }
    }

    private static let errors = Dictionary(
        uniqueKeysWithValues: StoreFault.Kind.allCases.map { kind in
            (kind, Counter(label: "store_errors_total", dimensions: [("kind", kind.rawValue)]))
        })
}
