internal import Logging
internal import PharmacyDomain
internal import PharmacyStore
internal import Synchronization

/// Isolates records that background work cannot process, so that the work continues with the others.
///
/// A failing item is recorded, tried again after growing waits (`QuarantinePolicy`), and finally left to an operator.
/// Failures of the store itself are rethrown: no item causes them. While no item has failed, this costs nothing: the recorded
/// items are cached, and read again only while there are any.
package final class Quarantine: Sendable {
    private struct State {
        /// When each recorded item is tried next; `nil`: only when an operator retries it.
        var known: [QuarantinedItem.Key: Timestamp?] = [:]
        var loadedAt: Timestamp?
        /// Counts this process's changes: items read from the store before a change are outdated.
        var changes = 0
        /// How many signing keys cannot be unwrapped. They belong to no tenant.
        var damagedSigningKeys = 0
    }

    private let store: Store
    let time: any ServerClock
    private let failures: FailureLog
    private let logger: Logger
    private let state = Mutex(State())

    init(store: Store, time: any ServerClock, failures: FailureLog, logger: Logger) {
        self.store = store
        self.time = time
        self.failures = failures
        self.logger = logger
    }

    // MARK: Processing items

    /// Processes one item. If the item itself makes this fail, it is recorded and postponed; if it is processed after earlier
    /// failures, its record is removed.
    /// - Parameter claim: the due time under which the item was claimed; `nil` for work without claims.
    /// - Returns: the result of `work`; `nil` where the item failed, or its tenant was deleted.
    /// - Throws: every other failure.
    @discardableResult
    func isolating<Value: Sendable>(
        _ key: QuarantinedItem.Key, claim: Timestamp? = nil, _ work: () async throws -> Value
    ) async throws -> Value? {
        do {
            let value = try await work()
            await succeeded(key)
            return value
        } catch StoreError.noSuchTenant {
            return nil
        } catch {
            guard let reason = QuarantinedItem.Reason(error) else { throw error }
            if key.work == .tenant {
                // If the tenant's key can be unwrapped, the tenant is not the cause, and its other work must continue.
                guard try await recordTenant(key.tenant, reason) else { throw error }
            } else {
                try await record(ItemFailure(key, reason, claim: claim))
            }
            return nil
        }
    }

    /// Tenants whose key does not open and that must not be tried yet.
    func heldTenants() async throws -> Set<TenantID> {
        Set(try await held().filter { $0.work == .tenant }.map(\.tenant))
    }

    /// All items that must not be tried yet.
    func held() async throws -> [QuarantinedItem.Key] {
        try await load()
        let now = time.now()
        return state.withLock { state in
            state.known.filter { $0.value.map { $0 > now } ?? true }.map(\.key)
        }
    }

    /// Reads the recorded items again before the next use, because an operator has changed them.
    func invalidate() {
        state.withLock { state in
            state.loadedAt = nil
            state.changes += 1
        }
    }

    /// Forgets an item that was processed, and its tenant, where either is recorded.
    func succeeded(_ key: QuarantinedItem.Key) async {
        let keys = [key, QuarantinedItem.Key(.tenant, of: key.tenant)]
        do {
            try await load()
            for key in Set(keys) where state.withLock({ $0.known.keys.contains(key) }) {
                let isCleared = try await store.systemWrite(.tenant(key.tenant)) { try $0.clearQuarantine(key) }
                if isCleared { noteRecovered(key) } else { state.withLock { $0.known[key] = nil } }
            }
            failures.succeeded("clearing quarantine records")
        } catch {
            // The work is done. The next success, or its age, removes the record.
            failures.failed("clearing quarantine records", error, level: .warning)
        }
    }

    // MARK: Recording failures

    /// Records a failure of an item, or of its tenant if the tenant's key does not open.
    func record(_ failure: ItemFailure) async throws {
        let tenant = failure.key.tenant
        let now = time.now()
        let isTenantUnreadable = try await isUnreadable(tenant)
        let item = try await store.systemWrite(.tenant(tenant)) { scope in
            isTenantUnreadable
                ? try scope.recordTenantFailure(failure, recheck: now + ServiceLimits.quarantineRecheck, at: now)
                : try scope.recordFailure(failure, at: now)
        }
        if let item { note(item) }
    }

    /// Records a failure of a tenant if the tenant's key does not open.
    /// - Returns: whether it was recorded.
    func recordTenant(_ tenant: TenantID, _ reason: QuarantinedItem.Reason) async throws -> Bool {
        guard try await isUnreadable(tenant) else { return false }
        try await record(ItemFailure(QuarantinedItem.Key(.tenant, of: tenant), reason))
        return true
    }

    /// Caches and logs items that a committed transaction recorded.
    func note(_ items: [QuarantinedItem]) {
        for item in items { note(item) }
    }

    private func note(_ item: QuarantinedItem) {
        let before = state.withLock { state in
            defer {
                state.known[item.key] = .some(item.nextTryAt)
                state.changes += 1
            }
            return state.known[item.key]
        }
        // Logged at the first failure and when an operator is needed, not at each try between. Many items of a tenant may
        // fail together: that is logged once.
        if item.nextTryAt == nil {
            if before == .some(nil) { return }
            logger.error(
                "a record cannot be processed and waits for an operator (united-pharmacy quarantine)",
                metadata: Quarantine.metadata(item.key, item.reason))
        } else if item.tries == 1, before == nil {
            logger.warning(
                "a record cannot be processed and will be tried again",
                metadata: Quarantine.metadata(item.key, item.reason))
        }
    }

    private static func metadata(
        _ key: QuarantinedItem.Key, _ reason: QuarantinedItem.Reason?
    ) -> Logger.Metadata {
        var metadata: Logger.Metadata = ["tenant": "\(key.tenant)", "work": "\(key.work.rawValue)"]
        if !key.item.isEmpty { metadata["item"] = "\(key.item)" }
        if let reason { metadata["reason"] = "\(reason.rawValue)" }
        return metadata
    }

    /// Forgets and logs an item whose record was removed because it was processed.
    func noteRecovered(_ key: QuarantinedItem.Key) {
        state.withLock { state in
            state.known[key] = nil
            state.changes += 1
        }
        logger.notice("a record is processed again", metadata: Quarantine.metadata(key, nil))
    }

    /// Logs once that signing keys cannot be unwrapped, and once that all can be again. Tokens signed by a damaged key are
    /// refused; its successor signs new ones.
    func note(damagedSigningKeys count: Int) {
        let before = state.withLock { state in
            defer { state.damagedSigningKeys = count }
            return state.damagedSigningKeys
        }
        if count > before {
            logger.error("keys that sign access tokens do not open", metadata: ["count": .stringConvertible(count)])
        } else if count == 0, before > 0 {
            logger.notice("all keys that sign access tokens open again")
        }
    }

    /// Whether a tenant's key does not open.
    private func isUnreadable(_ tenant: TenantID) async throws -> Bool {
        do {
            // Also opens a sandbox that is being wiped, which other scopes hide.
            try await store.systemRead { _ = try $0.tenantToWipe(tenant) }
            return false
        } catch {
            guard QuarantinedItem.Reason(error) != nil else { throw error }
            return true
        }
    }

    // MARK: Reading the recorded items

    /// Counts the recorded items by kind of work.
    func counts() async throws -> [QuarantinedItem.Work: Int] {
        try await store.systemRead { try $0.quarantineCounts() }
    }

    /// Removes records whose next try was due long ago: the item was deleted, or another process has processed it.
    package func prune() async throws {
        let moment = time.now() - ServiceLimits.quarantineRetention
        try await store.systemWrite(.claims) { try $0.pruneQuarantine(triedBefore: moment) }
    }

    /// Reads the recorded items once, and again while there are any, because other processes change them.
    private func load() async throws {
        let now = time.now()
        let changes: Int? = state.withLock { state in
            guard let loadedAt = state.loadedAt else { return state.changes }
            // A clock that was set back makes the cache outdated, too.
            let isRecent = loadedAt <= now && now.since(loadedAt) < ServiceLimits.longestWait
            let isFresh = state.known.isEmpty || isRecent
            return isFresh ? nil : state.changes
        }
        guard let changes else { return }
        let items = try await store.systemRead { try $0.quarantinedItems(limit: ServiceLimits.quarantineRemembered) }
        state.withLock { state in
            guard state.changes == changes else { return }
            state.known = Dictionary(items.map { ($0.key, $0.nextTryAt) }, uniquingKeysWith: { $1 })
            state.loadedAt = now
        }
    }
}
