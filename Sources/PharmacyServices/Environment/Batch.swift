package import PharmacyDomain
internal import PharmacyStore

/// Items that are sent in one request.
package struct Batch<Draft: Sendable>: Sendable {
    /// Stands for the batch as it was sent: with another body, nothing of it is done.
    package let idempotency: IdempotencyRequest?
    package let items: [BatchItem<Draft>]

    package init(idempotency: IdempotencyRequest? = nil, items: [BatchItem<Draft>]) {
        self.idempotency = idempotency
        self.items = items
    }

    /// The same items without keys.
    package var withoutKeys: Batch { Batch(items: items.map { BatchItem(idempotency: nil, draft: $0.draft) }) }
}

/// One item of a batch. It is validated, and accepted or refused, as if it were a request of its own.
package struct BatchItem<Draft: Sendable>: Sendable {
    package let idempotency: IdempotencyRequest?
    /// Reads the item. It is called after an earlier outcome of the idempotency key was looked up: that outcome is returned even
    /// if the item would be refused now.
    package let draft: @Sendable () -> Result<Draft, ValidationErrors>

    package init(
        idempotency: IdempotencyRequest?, draft: @escaping @Sendable () -> Result<Draft, ValidationErrors>
    ) {
        self.idempotency = idempotency
        self.draft = draft
    }
}

/// What became of one item of a batch. The error is one that the same request alone would get.
package typealias BatchResult<Value: Sendable> = Result<IdempotentResult<Value>, any Error>

extension ServiceEnvironment {
    /// Runs the items of a batch: looks up the outcomes of their idempotency keys, prepares the others, and stores all of those in
    /// one transaction, in the order of the batch. A refused item leaves no trace and does not affect the others.
    /// - Parameters:
    ///   - decode: reads a recorded outcome.
    ///   - prepare: the work before the transaction, for all items together; one result for each.
    ///   - store: stores one item. It throws `ServiceError` only before it has written anything.
    /// - Returns: one result for each item.
    /// - Throws: `ServiceError.idempotencyKeyReused` and `ServiceError.idempotencyInProgress` for the key of the whole batch;
    ///   failures of the store, after which nothing is stored.
    func runBatch<Draft, Prepared: Sendable, Value>(
        _ batch: Batch<Draft>, tenant: Tenant, decode: @escaping @Sendable (JSON) -> Value?,
        prepare: ([Draft]) async throws -> [Result<Prepared, any Error>],
        store: @escaping @Sendable (Prepared, IdempotencyRequest?, TenantScope) throws -> IdempotentResult<Value>
    ) async throws -> [BatchResult<Value>] {
        let (whole, items) = (batch.idempotency, batch.items)
        return try await withIdempotencyLocks([whole] + items.map(\.idempotency), tenant: tenant) { isBusy in
            if isBusy[0] { throw ServiceError.idempotencyInProgress }
            var results = try await replays(
                of: batch, isBusy: Array(isBusy.dropFirst()), tenant: tenant, decode: decode)
            var open: [(place: Int, draft: Draft)] = []
            for (place, item) in items.enumerated() where results[place] == nil {
                switch item.draft() {
                case .success(let draft): open.append((place, draft))
                case .failure(let problems): results[place] = .failure(ServiceError.invalid(problems))
                }
            }
            var prepared: [(place: Int, value: Prepared)] = []
            for ((place, _), result) in zip(open, try await prepare(open.map(\.draft))) {
                switch result {
                case .success(let value): prepared.append((place, value))
                case .failure(let error): results[place] = .failure(error)
                }
            }
            if !prepared.isEmpty {
                let work = prepared.map { (value: $0.value, idempotency: items[$0.place].idempotency) }
                let now = now
                let stored = try await write(tenant) { scope in
                    _ = try whole.executeOnce(in: scope, at: now, encode: { $0 }, decode: { $0 }) { JSON.object([]) }
                    return try work.map { work -> BatchResult<Value> in
                        do {
                            return .success(try store(work.value, work.idempotency, scope))
                        } catch let refusal as ServiceError {
                            return .failure(refusal)
                        }
                    }
                }
                for ((place, _), result) in zip(prepared, stored) { results[place] = result }
            }
            return results.compactMap(\.self)
        }
    }

    /// The results of the items that need no work: those with a recorded outcome, and those that are refused for their key.
    private func replays<Draft, Value>(
        of batch: Batch<Draft>, isBusy: [Bool], tenant: Tenant,
        decode: @escaping @Sendable (JSON) -> Value?
    ) async throws -> [BatchResult<Value>?] {
        var results: [BatchResult<Value>?] = isBusy.map { isBusy in
            isBusy ? .failure(ServiceError.idempotencyInProgress) : nil
        }
        let keyed = batch.items.enumerated().compactMap { place, item in
            isBusy[place] ? nil : item.idempotency.map { (place: place, request: $0) }
        }
        if keyed.isEmpty { return results }
        let now = now
        let (whole, requests) = (batch.idempotency, keyed.map(\.request))
        let found = try await read(tenant) { scope in
            _ = try whole?.replay(in: scope, at: now) { $0 }
            return try requests.map { request -> BatchResult<Value>? in
                do {
                    return try request.replay(in: scope, at: now, decode: decode).map { .success($0) }
                } catch let refusal as ServiceError {
                    return .failure(refusal)
                }
            }
        }
        for ((place, _), result) in zip(keyed, found) { results[place] = result }
        return results
    }

    /// Runs requests together. Those whose idempotency key is in use by another one on this node are marked as busy.
    private func withIdempotencyLocks<Value: Sendable>(
        _ requests: [IdempotencyRequest?], tenant: Tenant, _ work: (_ isBusy: [Bool]) async throws -> Value
    ) async throws -> Value {
        let names = requests.map { request in request.map { lockName(of: $0, tenant: tenant) } }
        let taken = lock(Set(names.compactMap(\.self)))
        defer { unlock(taken) }
        return try await work(names.map { name in name.map { !taken.contains($0) } ?? false })
    }
}
