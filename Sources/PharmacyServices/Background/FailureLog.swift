package import Logging
internal import PharmacyDomain
internal import Synchronization

/// Reports work that fails in the log: once when a cause begins, and once when the work succeeds again, with how often and
/// for how long it failed. What fails with the store is left to `OutageLog`, which reports it once for all who need it.
package final class FailureLog: Sendable {
    private struct Failures {
        var began: Duration
        var count = 0
        var causes: Set<String> = []
    }

    private let time: any ServerClock
    private let logger: Logger
    private let failing = Mutex<[String: Failures]>([:])

    package init(time: any ServerClock, logger: Logger) {
        self.time = time
        self.logger = logger
    }

    /// Notes a failure.
    /// - Parameters:
    ///   - work: what failed; a success is noted under the same name.
    ///   - message: what the log says of it; unless one is given, that the work failed and will be tried again.
    func failed(
        _ work: String, _ error: any Error, level: Logger.Level = .error, message: Logger.Message? = nil,
        metadata: Logger.Metadata = [:]
    ) {
        // What is broken off at the end of the process has not failed.
        guard !(error is CancellationError), !FailureCause.isStoreFault(error) else { return }
        let cause = FailureCause.words(error)
        let now = time.elapsed()
        let isNew = failing.withLock { failing in
            var failures = failing[work] ?? Failures(began: now)
            failures.count += 1
            let isNew = failures.causes.count < ServiceLimits.failureCauses && failures.causes.insert(cause).inserted
            failing[work] = failures
            return isNew
        }
        guard isNew else { return }
        logger.log(
            level: level, message ?? "\(work) failed and will try again",
            metadata: metadata.merging(["error": "\(cause)"]) { own, _ in own })
    }

    /// Notes a success; it costs a look into a table that is empty while all is well.
    func succeeded(_ work: String) {
        guard let ended = failing.withLock({ $0.isEmpty ? nil : $0.removeValue(forKey: work) }) else { return }
        logger.notice(
            "\(work) works again",
            metadata: [
                "failures": .stringConvertible(ended.count),
                "seconds": .stringConvertible((time.elapsed() - ended.began).components.seconds),
            ])
    }
}
