package import Logging
internal import PharmacyDomain
internal import PharmacyStore
internal import ServiceLifecycle
internal import Synchronization

/// Anchors the audit log outside the database as it grows, and compares it with what was anchored.
///
/// The database's own seals cannot tell a log that was put back to the end of an earlier commit from one that has just got
/// there. Each node anchors by itself, to its own file: their anchors are of the same log, and hold each for itself. What
/// this process has added itself, and the heads that it has seen, it remembers besides: those are missed before they are
/// anchored.
package final class AuditAnchoring: Service {
    private struct State {
        /// The newest anchor that is known here.
        var newest: AuditAnchor?
        /// A loss that was found and that nobody has accepted. It goes into each further anchor, so that it is not forgotten
        /// with the process, or when the newest anchors are of what was written since.
        var loss: AuditAnchor.Loss?
        /// Entries that were in the log and have not been looked for since.
        var unchecked: [AuditMark] = []
        var hasRead = false
        var comparedAt: Timestamp?
        var checkpointAt: Timestamp?
        /// Sinks that do not have the newest anchor, by their place, and when they were tried.
        var failedAt: [Int: Timestamp] = [:]
    }

    private let environment: ServiceEnvironment
    private let anchors: AuditAnchors
    private let file: AuditAnchorFile
    private let sinks: [any AuditAnchorSink]
    private let alarm: AuditAlarm
    private let entries: Int64
    private let logger: Logger
    private let work: PeriodicWork
    private let state = Mutex(State())

    /// - Parameters:
    ///   - file: of this node; what is compared with the log.
    ///   - sinks: besides the file.
    ///   - entries: after how many the log is anchored at once.
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
        work = PeriodicWork(
            name: "anchoring the audit log", interval: ServiceLimits.anchorLookInterval, time: environment.time,
            logger: logger)
    }

    /// Runs until the shutdown, and anchors what has been written by then.
    package func run() async throws {
        await work.run { try await self.look() }
        do {
            try await look(isEnd: true)
        } catch {
            logger.error(
                "the end of the audit log could not be anchored",
                metadata: ["error": "\(FailureCause.words(error))"])
        }
    }

    /// Compares and anchors what is due.
    /// - Parameter isEnd: whether nothing follows: whatever is not anchored is.
    package func look(isEnd: Bool = false) async throws {
        let now = environment.now
        if isDue(state.withLock(\.comparedAt), every: ServiceLimits.anchorCheckInterval, at: now) || isEnd {
            try await compare(at: now)
        }
        let head = try await environment.store.systemRead { try $0.auditHead() }
        // What was altered is not vouched for; the comparison reports it.
        guard head.isGenuine else { return }
        try await anchor(head, isEnd: isEnd, at: now)
        if isDue(state.withLock(\.checkpointAt), every: ServiceLimits.anchorCheckpointInterval, at: now) {
            state.withLock { $0.checkpointAt = now }
            try await environment.store.systemWrite(.log) { try $0.checkpointAudit() }
        }
    }

    /// Also where the clock was put back.
    private func isDue(_ last: Timestamp?, every interval: Duration, at now: Timestamp) -> Bool {
        guard let last else { return true }
        return now < last || now.since(last) >= interval
    }

    // MARK: Comparing

    /// Compares the log with the newest anchors of the file and with what this process remembers; the whole file is for
    /// `audit verify`.
    private func compare(at now: Timestamp) async throws {
        var lines: [AuditAnchorLine] = []
        var unreadable: String?
        do {
            lines = try await file.newestLines()
        } catch let failure as AuditAnchorFile.Failure {
            unreadable = failure.description
        }
        let appended = environment.store.takeAppendedAudit().map { AuditMark(sequence: $0.sequence, hash: $0.hash) }
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
            state.unchecked = [AuditMark(sequence: head.sequence, hash: head.hash)]
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
        let mark = AuditMark(sequence: head.sequence, hash: head.hash)
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
        // A loss that was found, and its acceptance, are told at once.
        if newest.kind == .head, newest.loss != loss { return true }
        guard newest.mark != mark else { return false }
        return isEnd || mark.sequence < newest.mark.sequence
            || mark.sequence - newest.mark.sequence >= entries
            || isDue(newest.at, every: ServiceLimits.anchorInterval, at: now)
    }

    /// Writes to some sinks at once; none holds up another.
    private func write(_ anchor: AuditAnchor, to places: [Int], at now: Timestamp) async {
        let line = anchor.line
        await withTaskGroup(of: (Int, String?).self) { group in
            for place in places {
                let sink = sinks[place]
                group.addTask {
                    do {
                        try await sink.write(line)
                        return (place, nil)
                    } catch let failure as AuditAnchorFile.Failure {
                        return (place, failure.description)
                    } catch {
                        return (place, FailureCause.words(error))
                    }
                }
            }
            for await (place, failure) in group {
                state.withLock { $0.failedAt[place] = failure == nil ? nil : now }
                alarm.wrote(to: sinks[place].name, failure: failure)
            }
        }
    }
}
