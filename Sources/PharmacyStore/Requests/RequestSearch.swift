internal import PharmacyDomain

/// A search through blocks of the request log, newest first, for one page.
struct RequestSearch {
    typealias Found = (request: LoggedRequest, position: ListPosition)

    let filter: RequestFilter
    /// The number of requests to find.
    let wanted: Int
    /// The number of requests that may still be examined.
    private(set) var rest: Int
    private(set) var found: [Found] = []
    /// The last request that was examined, or where the search begins.
    private(set) var position: ListPosition?

    init(_ filter: RequestFilter, wanted: Int, examining limit: Int, after position: ListPosition?) {
        self.filter = filter
        self.wanted = wanted
        self.rest = limit
        self.position = position
    }

    var hasEnded: Bool { found.count >= wanted || rest <= 0 }

    /// Examines the requests of a block.
    /// - Parameters:
    ///   - requests: none for a block that this program cannot read, which is passed over.
    ///   - row: the number of the block.
    mutating func examine(_ requests: [LoggedRequest], minute: Timestamp, row: Int64) {
        if hasEnded { return }
        // The block in which the previous page ended is examined from there.
        let end = position?.row == row ? Int(position?.change ?? 0) : requests.count
        for line in requests.indices.prefix(end).reversed() {
            position = ListPosition(updatedAt: minute.milliseconds, change: Int64(line), row: row)
            rest -= 1
            if filter.selects(requests[line]), let position { found.append((requests[line], position)) }
            if hasEnded { return }
        }
        position = ListPosition(updatedAt: minute.milliseconds, change: 0, row: row)
    }

    // MARK: Blocks

    /// The next blocks: those of the filter's order, those with errors, or all, within the filter's time.
    func statement(tenant: SQLValue) -> (sql: SQL, binds: [SQLValue]) {
        var binds = [tenant, SQLValue(StoreLimits.requestBlocksRead)]
        func bind(_ value: SQLValue) -> SQL {
            binds.append(value)
            return .bind(binds.count)
        }
        var sql: SQL = "SELECT b.id, b.minute, b.requests FROM"
        if let order = filter.order {
            sql =
                sql + "request_log_keys k JOIN request_log b ON b.id = k.block_id WHERE k.tenant_id = $1 AND k.name ="
                + bind(.text(RequestBlock.name(order)))
        } else {
            sql = sql + "request_log b WHERE b.tenant_id = $1"
            if filter.isOfErrors { sql = sql + "AND b.errors > 0" }
        }
        if let from = filter.from { sql = sql + "AND b.minute >=" + bind(.integer(from.minute.milliseconds)) }
        if let to = filter.to { sql = sql + "AND b.minute <=" + bind(.integer(to.minute.milliseconds)) }
        if let position {
            // A block that was not read to its end is read again.
            let comparison: SQL = position.change > 0 ? "<=" : "<"
            sql =
                sql + "AND (b.minute, b.id)" + comparison + "(" + bind(.integer(position.updatedAt)) + ","
                + bind(.integer(position.row)) + ")"
        }
        return (sql + "ORDER BY b.minute DESC, b.id DESC LIMIT $2", binds)
    }
}
