internal import PharmacyDomain
internal import PharmacyStore
internal import Synchronization

/// Lines of the audit log that belong to no transaction of their own: reads, and logins that failed.
///
/// They are gathered in memory and written together, so that a read costs no flush to the disk. An answer may therefore
/// leave up to `ServiceLimits.auditWindow` before its line is durable, and a process that is killed loses the lines of
/// that span; what was written with an effect is never lost. Past `ServiceLimits.waitingAuditEvents` a request writes
/// what waits itself, and fails when it cannot: lines are not dropped.
final class AuditTrail: Sendable {
    private let waiting = Mutex<[AuditEvent]>([])
    private let store: Store
    /// Hears that a line waits.
    let arrivals: AsyncStream<Void>
    private let arrived: AsyncStream<Void>.Continuation

    init(store: Store) {
        self.store = store
        (arrivals, arrived) = AsyncStream.makeStream(bufferingPolicy: .bufferingNewest(1))
    }

    /// How many entries wait, and since when the oldest has.
    var backlog: (count: Int, oldest: Timestamp?) { waiting.withLock { ($0.count, $0.first?.at) } }

    func record(_ event: AuditEvent) async throws {
        let count = waiting.withLock { waiting in
            waiting.append(event)
            return waiting.count
        }
        arrived.yield()
        if count >= ServiceLimits.waitingAuditEvents { try await flush() }
    }

    /// Writes what waits; what cannot be written waits on.
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

    /// Writes lines of which one cannot be written, so that it holds up no other. A line without its subjects and its
    /// request stands in for that one: that something was done, when and by whom, is not lost.
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
                // It is not the line: nothing can be written now.
                waiting.withLock { $0.insert(contentsOf: events[index...], at: 0) }
                throw error
            }
        }
    }
}

extension ServiceEnvironment {
    /// Puts a read, or a login that failed, in the audit log, under the name of who is at work.
    func record(
        _ action: AuditAction, _ subjects: [String], tenant: Tenant, actor: AuditActor? = nil
    ) async throws {
        let origin = AuditOrigin.current
        let event = AuditEvent(
            at: now, tenant: tenant.id, actor: actor ?? origin.actor, action: action, subjects: subjects,
            requestID: origin.requestID)
        try await ServiceEnvironment.translating { try await trail.record(event) }
    }
}

extension ServiceEnvironment {
    /// Puts documents that were read in the audit log, by their ids.
    func record(_ action: AuditAction, _ documents: [Document], tenant: Tenant) async throws {
        try await record(action, documents.compactMap(\.uuid), tenant: tenant)
    }
}

/// Does work in a caller's name: all that it leaves in the audit log carries the name and the request's id.
package func withAuditActor<Value: Sendable>(
    as caller: Caller?, requestID: String, _ work: () async throws -> Value
) async rethrows -> Value {
    let actor = caller.map { AuditActor.credential($0.clientID) } ?? .anonymous
    return try await AuditOrigin.$current.withValue(AuditOrigin(actor: actor, requestID: requestID)) {
        try await work()
    }
}
