internal import PharmacyDomain
internal import PharmacyStore
internal import ServiceLifecycle
internal import Synchronization

/// Audit events that belong to no transaction of their own: reads, and failed logins.
///
/// They are collected in memory and written together, so that a read costs no flush to disk. A response may therefore be
/// sent up to `ServiceLimits.auditWindow` before its event is durable, and a process that is killed loses the events of
/// that span. Events with an effect are written in the transaction of the effect and are never lost. Beyond
/// `ServiceLimits.waitingAuditEvents` a request writes the buffer itself, and fails when it cannot: events are never
/// dropped.
///
/// As a service it writes the buffer within the window, and at shutdown.
package final class AuditBuffer: Service {
    private let waiting = Mutex<[AuditEvent]>([])
    private let store: Store
    private let time: any ServerClock
    private let failures: FailureLog
    /// Yields after an event was added to an empty buffer.
    private let arrivals: AsyncStream<Void>
    private let arrived: AsyncStream<Void>.Continuation

    init(store: Store, time: any ServerClock, failures: FailureLog) {
        self.store = store
        self.time = time
        self.failures = failures
        (arrivals, arrived) = AsyncStream.makeStream(bufferingPolicy: .bufferingNewest(1))
    }

    /// How many events wait, and the time of the oldest.
    var backlog: (count: Int, oldest: Timestamp?) { waiting.withLock { ($0.count, $0.first?.at) } }

    /// Writes the buffer whenever it has events, until graceful shutdown or cancellation, and then once more.
    package func run() async throws {
        await cancelWhenGracefulShutdown { [self] in
            for await _ in arrivals {
                // Half the window, because the write takes time too. A cancellation ends the loop, and the write
                // follows below.
                try? await time.sleep(for: ServiceLimits.auditWindow / 2)
                while await !flushReportingFailure(), !Task.isCancelled {
                    try? await time.sleep(for: ServiceLimits.failureWait)
                }
            }
        }
        _ = await flushReportingFailure()
    }

    func record(_ event: AuditEvent) async throws {
        let count = waiting.withLock { waiting in
            waiting.append(event)
            return waiting.count
        }
        // The first one starts the window, in which the others arrive.
        if count == 1 { arrived.yield() }
        if count >= ServiceLimits.waitingAuditEvents { try await flush() }
    }

    /// Writes all events. Those that cannot be written stay in the buffer.
    func flush() async throws {
        let events = waiting.withLock { waiting in
            defer { waiting = [] }
            return waiting
        }
        guard !events.isEmpty else { return }
        do {
            try await store.systemWrite(.log) { $0.audit(events) }
        } catch StoreError.broken {
            try await writeOneByOne(events)
        } catch {
            waiting.withLock { $0.insert(contentsOf: events, at: 0) }
            throw error
        }
    }

    /// - Returns: whether all events were written.
    private func flushReportingFailure() async -> Bool {
        do {
            try await flush()
            failures.succeeded("writing the audit log")
            return true
        } catch {
            failures.failed("writing the audit log", error)
            return false
        }
    }

    /// Writes events of which one cannot be written, so that it does not block the others. An event without subjects and
    /// request replaces that one, so that the log still shows its action, its time and its actor.
    private func writeOneByOne(_ events: [AuditEvent]) async throws {
        for (index, event) in events.enumerated() {
            let bare = AuditEvent(
                at: event.at, tenant: event.tenant, actor: event.actor, action: event.action, subjects: ["unwritable"],
                requestID: nil)
            do {
                do {
                    try await store.systemWrite(.log) { $0.audit([event]) }
                } catch StoreError.broken {
                    try await store.systemWrite(.log) { $0.audit([bare]) }
                }
            } catch {
                // The event is not the cause: nothing can be written now.
                waiting.withLock { $0.insert(contentsOf: events[index...], at: 0) }
                throw error
            }
        }
    }
}
