internal import PharmacyDomain
internal import PharmacyStore

/// Requests of one tenant that are written to the log together.
struct RequestBatch: Sendable {
    /// As it was at the first request: a sandbox that was wiped since then has another time of its next wipe.
    let tenant: Tenant
    fileprivate(set) var blocks: [RequestBlock] = []
    /// Refused requests that are only counted, by their hour and code.
    fileprivate var unlogged: [RequestCount.Key: Int] = [:]
    /// How many refused requests are in `blocks`.
    fileprivate var refused = 0

    fileprivate init(tenant: Tenant) {
        self.tenant = tenant
    }

    /// The number of logged requests.
    var count: Int { blocks.reduce(0) { $0 + $1.count } }

    /// The number of requests by hour and outcome, those that are only counted included.
    var counts: [RequestCount] {
        blocks.flatMap(\.counts).reduce(into: unlogged) { $0[$1.key, default: 0] += $1.count }
            .map { RequestCount(key: $0, count: $1) }
    }

    /// Beyond some, refused requests are only counted: an invalid token or an exhausted rate limit does not stop a caller from
    /// sending more, and they would fill the log.
    /// - Returns: whether the request is logged.
    fileprivate mutating func add(_ request: LoggedRequest) -> Bool {
        if request.status == 401 || request.status == 429 {
            guard refused < ServiceLimits.refusedRequestsLogged else {
                unlogged[request.countKey, default: 0] += 1
                return false
            }
            refused += 1
        }
        let minute = request.receivedAt.minute
        if let index = blocks.lastIndex(where: { $0.minute == minute }), !blocks[index].isFull {
            blocks[index].append(request)
        } else {
            var block = RequestBlock(minute: minute)
            block.append(request)
            blocks.append(block)
        }
        return true
    }

    /// Adds later requests.
    fileprivate mutating func append(_ later: RequestBatch) {
        blocks += later.blocks
        unlogged.merge(later.unlogged, uniquingKeysWith: +)
        refused += later.refused
    }
}

/// The requests that wait to be written to the log, by tenant.
struct RequestBatches: Sendable {
    private struct Key: Hashable {
        let tenant: TenantID
        let resetsAt: Timestamp?

        init(_ tenant: Tenant) {
            self.tenant = tenant.id
            resetsAt = tenant.resetsAt
        }
    }

    private var batches: [Key: RequestBatch] = [:]
    /// The number of requests that wait to be logged.
    private(set) var count = 0

    enum Addition: Hashable {
        /// The buffer was empty before.
        case first
        case further
        /// The buffer is full.
        case dropped
    }

    mutating func add(_ request: LoggedRequest, of tenant: Tenant) -> Addition {
        guard count < ServiceLimits.waitingRequests else { return .dropped }
        let isFirst = batches.isEmpty
        // Changed in place: a copy would copy the requests.
        if batches[Key(tenant), default: RequestBatch(tenant: tenant)].add(request) { count += 1 }
        return isFirst ? .first : .further
    }

    mutating func removeAll() -> [RequestBatch] {
        defer {
            batches = [:]
            count = 0
        }
        return Array(batches.values)
    }

    /// Puts back a batch that could not be written, in front of the requests that came since.
    /// - Returns: how many requests were dropped because the buffer is full: the oldest, block by block.
    mutating func putBack(_ batch: RequestBatch) -> Int {
        var (batch, lost) = (batch, 0)
        while count + batch.count > ServiceLimits.waitingRequests, !batch.blocks.isEmpty {
            lost += batch.blocks.removeFirst().count
        }
        count += batch.count
        if let later = batches[Key(batch.tenant)] { batch.append(later) }
        batches[Key(batch.tenant)] = batch
        return lost
    }
}
