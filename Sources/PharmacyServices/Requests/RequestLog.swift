internal import Logging
internal import Metrics
package import PharmacyDomain
internal import PharmacyStore
internal import ServiceLifecycle
internal import Synchronization

/// The log of each tenant's requests: metadata alone, for partners who look for what became of a request.
///
/// Requests are collected in memory and written in batches, so that none waits for the log. A process that is killed loses
/// the requests of `ServiceLimits.requestLogWindow`, and requests are dropped while too many wait: the audit log, not this one, is
/// the proof of what happened.
///
/// As a service it writes the batches within the window, and at shutdown.
package final class RequestLog: Service {
    private let environment: ServiceEnvironment
    private let waiting = Mutex(RequestBatches())
    /// Yields after a request was added to an empty buffer.
    private let arrivals: AsyncStream<Void>
    private let arrived: AsyncStream<Void>.Continuation
    private let dropped = Counter(label: "request_log_dropped_total")

    package init(environment: ServiceEnvironment) {
        self.environment = environment
        (arrivals, arrived) = AsyncStream.makeStream(bufferingPolicy: .bufferingNewest(1))
    }

    /// Adds a request, which will be written soon.
    package func record(_ request: LoggedRequest, tenant: Tenant) {
        switch waiting.withLock({ $0.add(request, of: tenant) }) {
        case .first: arrived.yield()
        case .further: break
        case .dropped: dropped.increment()
        }
    }

    /// How many requests wait to be written.
    package var backlog: Int { waiting.withLock(\.count) }

    // MARK: Writing

    /// Writes the batches whenever there are some, until graceful shutdown or cancellation, and then once more.
    package func run() async throws {
        await cancelWhenGracefulShutdown { [self] in
            for await _ in arrivals {
                // A cancellation ends the loop, and the write follows below.
                try? await environment.time.sleep(for: ServiceLimits.requestLogWindow)
                while await !flush(), !Task.isCancelled {
                    try? await environment.time.sleep(for: ServiceLimits.failureWait)
                }
            }
        }
        _ = await flush()
    }

    /// Writes all requests that wait. Those that cannot be written now stay in the buffer.
    /// - Returns: whether none had to stay.
    package func flush() async -> Bool {
        let batches = waiting.withLock { $0.removeAll() }
        var isComplete = true
        for start in stride(from: 0, to: batches.count, by: ServiceLimits.requestLogTransactions) {
            let some = batches[start..<min(start + ServiceLimits.requestLogTransactions, batches.count)]
            await withTaskGroup(of: Bool.self) { group in
                for batch in some { group.addTask { await self.write(batch) } }
                for await isWritten in group where !isWritten { isComplete = false }
            }
        }
        return isComplete
    }

    /// - Returns: whether the batch need not be written again.
    private func write(_ batch: RequestBatch) async -> Bool {
        do {
            try await environment.store.write(batch.tenant.id) { scope in
                // Requests from before a wipe are removed with everything else.
                guard try scope.resetsAt() == batch.tenant.resetsAt else { return }
                for block in batch.blocks { try scope.appendToRequestLog(block) }
                try scope.addRequestCounts(batch.counts)
            }
            environment.failures.succeeded(RequestLog.work)
            return true
        } catch StoreError.noSuchTenant {
            // Deleted meanwhile, or being wiped.
            return true
        } catch {
            environment.failures.failed(RequestLog.work, error)
            switch error {
            case StoreError.broken, StoreError.alteredTenant:
                // The batch itself is the cause and would fail again.
                dropped.increment(by: batch.count)
                return true
            default:
                let lost = waiting.withLock { $0.putBack(batch) }
                dropped.increment(by: lost)
                return false
            }
        }
    }

    private static let work = "writing the request log"

    // MARK: Reading

    /// Newest first. A page may be short, or empty, although the list continues: its search examines a limited number of requests.
    /// - Throws: `ServiceError.cursorExpired`.
    package func list(_ filter: RequestFilter, page: PageRequest, tenant: Tenant) async throws -> Page<LoggedRequest> {
        try await environment.readPage(tenant) { try $0.requests(filter, page: page) }
    }

    /// The newest request with an id.
    /// - Throws: `ServiceError.notFound`.
    package func get(_ id: String, tenant: Tenant) async throws -> LoggedRequest {
        try await environment.read(tenant) { scope in
            guard let request = try scope.request(id) else { throw ServiceError.notFound }
            return request
        }
    }

    /// How many requests had which outcome in each hour since a time, oldest first.
    package func counts(since moment: Timestamp, tenant: Tenant) async throws -> [RequestCount] {
        try await environment.read(tenant) { try $0.requestCounts(since: moment.hour) }
    }
}
