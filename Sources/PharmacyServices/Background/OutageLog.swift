package import Logging
internal import Metrics
internal import PharmacyDomain
package import PharmacyStore
internal import Synchronization

/// Reports in the log that the store fails, for all who need it: requests and services. Each cause is reported once when it
/// begins, with what to look at, and once when it ends, with how long it lasted and how many transactions it has failed.
///
/// A cause has ended when as many kinds of transactions succeed as have failed, and when none has failed of it for
/// `ServiceLimits.outageQuiet`: connections of one pool recover one after the other.
package final class OutageLog: StoreObserver {
    private struct Outage {
        let began: Duration
        var failures = 0
        var lastFailure: Duration
        var lastFailedWrite: Duration?
        /// What has failed and not succeeded since.
        var failing: Set<StoreAccess> = []
        /// When all of it first succeeded again.
        var recovered: Duration?
    }

    /// Faults of no kind of their own are told apart by their words.
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
            // Past the limit the causes that are there say enough.
            guard before != nil || outages.count < ServiceLimits.failureCauses else { return false }
            var outage = before ?? Outage(began: now, lastFailure: now)
            outage.failures += 1
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
            let span = (outage.recovered ?? now) - outage.began
            logger.notice(
                "the database works again",
                metadata: [
                    "cause": "\(cause.kind.rawValue)", "seconds": .stringConvertible(span.components.seconds),
                    "failures": .stringConvertible(outage.failures),
                ])
        }
        return isOngoing
    }

    /// Whether any cause has not ended.
    var isOngoing: Bool { outages.withLock { !$0.isEmpty } }

    /// The fault for which writes have failed within a span: one that lasts, and not one that is over at the next try.
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
