package import Logging
internal import PharmacyDomain
internal import Synchronization

/// Logs failures of work: each cause once, and the next success with the number of failures and their duration. Failures of the store
/// are logged by `OutageLog`, once for all work.
package final class FailureLog: Sendable {
    private struct Failures {
        var span: FailureSpan
        var causes: Set<String> = []
    }

    private let time: any ServerClock
    private let logger: Logger
    private let failing = Mutex<[String: Failures]>([:])

    package init(time: any ServerClock, logger: Logger) {
        self.time = time
        self.logger = logger
    }

    /// Records a failure.
    /// - Parameters:
    ///   - work: the name of the work; a success is recorded under the same name.
    ///   - message: the message of the log line; by default, that the work failed and will be tried again.
    func failed(
        _ work: String, _ error: any Error, level: Logger.Level = .error, message: Logger.Message? = nil,
        metadata: Logger.Metadata = [:]
    ) {
        // Work that is cancelled, such as at the end of the process, has not failed.
        guard !(error is CancellationError), !FailureCause.isStoreFault(error) else { return }
        let cause = FailureCause.words(error)
        let now = time.elapsed()
        let isNew = failing.withLock { failing in
            var failures = failing[work] ?? Failures(span: FailureSpan(from: now))
            failures.span.add()
            let isNew = failures.causes.count < ServiceLimits.failureCauses && failures.causes.insert(cause).inserted
            failing[work] = failures
            return isNew
        }
        guard isNew else { return }
        logger.log(
            level: level, message ?? "\(work) failed and will try again",
            metadata: metadata.merging(["error": "\(cause)"]) { own, _ in own })
    }

    /// Records a success. While nothing fails that only reads an empty table.
    func succeeded(_ work: String) {
        guard let ended = failing.withLock({ $0.isEmpty ? nil : $0.removeValue(forKey: work) }) else { return }
        logger.notice("\(work) works again", metadata: ended.span.metadata(until: time.elapsed()))
    }
}
