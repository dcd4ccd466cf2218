package import Logging
internal import PharmacyDomain
internal import PharmacyStore
internal import ServiceLifecycle
internal import Synchronization

/// Anchors the audit log outside the database as it grows, and compares it with what was anchored.
///
/// The database's own seals cannot distinguish a log that was cut back to the end of an earlier commit from one that has just
/// reached it. Each node writes anchors of the shared log to its own file. Between anchors, it compares the log with the
/// entries that this process appended and the heads that it saw.
package final class AuditAnchoring: Service {
    private struct State {
        /// The newest anchor that this process knows.
        var newest: AuditAnchor?
        /// An open loss. Each further anchor contains it, so that it is remembered after a restart, and when the newest anchors
        /// match the log again.
        var loss: AuditAnchor.Loss?
        /// Entries that were in the log and have not been compared since.
        var unchecked: [AuditMark] = []
        var hasRead = false
        var comparedAt: Timestamp?
        var checkpointAt: Timestamp?
        /// When the newest anchor could not be written, by the index of the sink.
        var failedAt: [Int: Timestamp] = [:]
    }

    private let environment: ServiceEnvironment
    private let anchors: AuditAnchors
    private let file: AuditAnchorFile
    private let sinks: [any AuditAnchorSink]
    private let alarm: AuditAlarm
    private let entries: Int64
    private let logger: Logger
    private let state = Mutex(State())

    /// - Parameters:
    ///   - file: this node's file of anchors, with which the log is compared.
    ///   - sinks: further sinks.
    ///   - entries: how many new entries are anchored at once, before `ServiceLimits.anchorInterval` has passed.
    package init(
        environment: ServiceEnvironment, key: AuditAnchorKey, file: AuditAnchorFile, sinks: [any AuditAnchorSink] = [],
        alarm: AuditAlarm, every entries: Int64 = ServiceLimits.anchorEntries, logger: Logger
    ) {
        self.environment = environment
        self.file = file
        self.sinks = [file] + sinks
        self.alarm = alarm
        self.entries = entries
        self.logger = logger
        anchors = AuditAnchors(store: environment.store, key: key)
    }

    /// Runs until shutdown, and then anchors the end of the log.
    package func run() async throws {
        await BackgroundJob(
            "anchoring the audit log", every: ServiceLimits.anchorDueCheckInterval, time: environment.time,
            logger: logger
        ) { try await self.look() }.run()
        do {
            try await look(isEnd: true)
        } catch {
            logger.error(
                "the end of the audit log could not be anchored",
                metadata: ["error": "\(FailureCause.words(error))"])
        }
    }

    /// Compares and anchors what is due.
    /// - Parameter isEnd: whether this is the last call, which anchors everything.
    package func look(isEnd: Bool = false) async throws {
        let now = environment.now
        if isDue(state.withLock(\.comparedAt), every: ServiceLimits.anchorCheckInterval, at: now) || isEnd {
            try await compare(at: now)
        }
        let head = try await environment.store.systemRead { try $0.auditHead() }
        // An altered log is not anchored; the comparison reports it.
        guard head.isGenuine else { return }
        try await anchor(head, isEnd: isEnd, at: now)
        if isDue(state.withLock(\.checkpointAt), every: ServiceLimits.anchorCheckpointInterval, at: now) {
            state.withLock { $0.checkpointAt = now }
            try await environment.store.systemWrite(.log) { try $0.checkpointAudit() }
        }
    }

    /// Whether an interval has passed, or the clock was set back.
    private func isDue(_ last: Timestamp?, every interval: Duration, at now: Timestamp) -> Bool {
        guard let last else { return true }
        return now < last || now.since(last) >= interval
    }

    // MARK: Comparing

    /// Compares the log with the newest anchors of the file and with the entries in memory. `audit verify` compares the whole
    /// file.
    private func compare(at now: Timestamp) async throws {
        var lines: [AuditAnchorLine] = []
        var unreadable: String?
        do {
            lines = try await file.newestLines()
        } catch let failure as AuditAnchorFile.Failure {
            unreadable = failure.description
        }
        let appended = environment.store.takeAppendedAuditEntries()
        let (newest, loss, unchecked) = state.withLock { state in
            state.unchecked += appended
            return (state.newest, state.loss, state.unchecked)
        }
        if let newest { lines.append(AuditAnchorLine(number: 0, anchor: newest)) }
        let claims = unchecked.map { AuditAnchor.Loss(mark: $0, at: now) } + [loss].compactMap(\.self)
        let (review, head) = try await anchors.review(lines, remembered: claims)
        state.withLock { state in
            state.comparedAt = now
            state.loss = review.newestOpenLoss
            state.unchecked = [head.mark]
            if !state.hasRead { state.newest = review.newestAnchor }
            state.hasRead = true
        }
        if !head.isGenuine {
            alarm.compared("the head of the chain was altered")
        } else if case .failed(let finding, _) = review.verdict {
            alarm.compared(finding.description)
        } else {
            alarm.compared(unreadable.map { "the anchors cannot be read: \($0)" })
        }
    }

    // MARK: Anchoring

    private func anchor(_ head: AuditHead, isEnd: Bool, at now: Timestamp) async throws {
        let (newest, loss, failedAt) = state.withLock { ($0.newest, $0.loss, $0.failedAt) }
        let mark = head.mark
        if isAnchorDue(mark, loss, after: newest, isEnd: isEnd, at: now) {
            let anchor = try anchors.key.anchor(.head, mark, loss: loss, at: now)
            state.withLock { $0.newest = anchor }
            await write(anchor, to: Array(sinks.indices), at: now)
        } else if let newest {
            let waiting = failedAt.filter {
                isEnd || isDue($0.value, every: ServiceLimits.anchorRetryInterval, at: now)
            }
            await write(newest, to: waiting.keys.sorted(), at: now)
        }
    }

    private func isAnchorDue(
        _ mark: AuditMark, _ loss: AuditAnchor.Loss?, after newest: AuditAnchor?, isEnd: Bool, at now: Timestamp
    ) -> Bool {
        guard mark.sequence > 0 else { return false }
        guard let newest else { return true }
        // A new loss, or its acceptance, is anchored at once.
        if newest.kind == .head, newest.loss != loss { return true }
        guard newest.mark != mark else { return false }
        return isEnd || mark.sequence < newest.mark.sequence
            || mark.sequence - newest.mark.sequence >= entries
            || isDue(newest.at, every: ServiceLimits.anchorInterval, at: now)
    }

    /// Writes to several sinks concurrently.
    private func write(_ anchor: AuditAnchor, to indices: [Int], at now: Timestamp) async {
        let line = anchor.line
        await withTaskGroup(of: (Int, String?).self) { group in
            for index in indices {
                let sink = sinks[index]
                group.addTask {
                    do {
                        try await sink.write(line)
                        return (index, nil)
                    } catch let failure as AuditAnchorFile.Failure {
                        return (index, failure.description)
                    } catch {
                        return (index, FailureCause.words(error))
                    }
                }
            }
            for await (index, failure) in group {
                state.withLock { $0.failedAt[index] = failure == nil ? nil : now }
                alarm.wrote(to: sinks[index].name, failure: failure)
            }
        }
    }
}
