package import PharmacyDomain

/// The log of the tenant's requests.
extension TenantScope {
    /// Appends requests to the log.
    package func appendToRequestLog(_ block: RequestBlock) throws {
        db.note(.requests, of: tenantID)
        let binds = [
            tenantValue, .integer(block.minute.milliseconds), SQLValue(block.errors), .blob(block.bytes),
        ]
        let insertion: SQL = "INSERT INTO request_log (tenant_id, minute, errors, requests) VALUES ($1, $2, $3, $4)"
        if block.names.isEmpty { return try db.send(insertion, binds) }
        let row = try db.row(insertion + "RETURNING id", binds) { try $0.integer(0) }
        for name in block.names {
            try db.send(
                "INSERT INTO request_log_keys (tenant_id, name, block_id) VALUES ($1, $2, $3)",
                [tenantValue, .text(name), SQLValue(row)])
        }
    }

    /// Adds to the counts of hours.
    package func addRequestCounts(_ counts: [RequestCount]) throws {
        try add(counts.map { (hour: $0.key.hour, kind: $0.key.code ?? "", number: $0.count) }, to: .requests)
    }

    /// Newest first: by the minute in which a request was received, then by its end.
    /// - Parameter limit: how many requests are examined at the most. The page may therefore have fewer than it could although the
    ///   list continues.
    /// - Throws: `ListCursor.Fault`.
    package func requests(
        _ filter: RequestFilter, page: PageRequest, examining limit: Int = StoreLimits.requestsExamined
    ) throws -> Page<LoggedRequest> {
        let walk = try ListWalk(
            page, of: "requests",
            filters: [
                JSON(filter.statusClass?.rawValue), JSON(filter.code), JSON(filter.operation),
                JSON(filter.credential?.description), JSON(filter.order?.description),
                JSON(filter.patient?.description), JSON(filter.from.map { String($0.milliseconds) }),
                JSON(filter.to.map { String($0.milliseconds) }),
            ], in: self)
        var search = RequestSearch(filter, wanted: walk.limit, examining: limit, after: walk.position)
        var isComplete = false
        while !search.hasEnded, !isComplete {
            let (statement, binds) = search.statement(tenant: tenantValue)
            let blocks = try db.rows(statement, binds) { row in
                (row: try row.integer(0), minute: try row.timestamp(1), bytes: try row.blob(2))
            }
            for block in blocks {
                let requests = try RequestBlock.requests(block.bytes, minute: block.minute) ?? []
                search.examine(requests, minute: block.minute, row: block.row)
            }
            isComplete = blocks.count < StoreLimits.requestBlocksRead
        }
        return try walk.page(
            search.found, position: { $0.position }, examinedUntil: search.hasEnded ? search.position : nil
        ) {
            ListCount(total: nil, epoch: try epoch())
        } item: {
            $0.request
        }
    }

    /// The newest request with an id; `nil` if there is none.
    package func request(_ id: String) throws -> LoggedRequest? {
        // Those whose id contains their time have no key.
        let minute = RequestID.time(of: id)?.minute
        let blocks = try db.rows(
            """
            SELECT minute, requests FROM request_log WHERE tenant_id = $1 AND minute = $2
            UNION ALL
            SELECT b.minute, b.requests FROM request_log_keys k JOIN request_log b ON b.id = k.block_id
            WHERE k.tenant_id = $1 AND k.name = $3
            """, [tenantValue, SQLValue(minute?.milliseconds), .text(RequestBlock.name(id))]
        ) { row in try RequestBlock.requests(try row.blob(1), minute: try row.timestamp(0)) ?? [] }
        return blocks.flatMap(\.self).filter { $0.id == id }.max { $0.receivedAt < $1.receivedAt }
    }

    /// Removes blocks of the log.
    /// - Returns: how many, `limit` at the most.
    package func removeRequestBlocks(limit: Int) throws -> Int {
        try db.run(
            """
            WITH gone (id) AS MATERIALIZED (SELECT id FROM request_log WHERE tenant_id = $1 LIMIT $2)
            DELETE FROM request_log WHERE id IN (SELECT id FROM gone)
            """, [tenantValue, SQLValue(limit)])
    }

    /// The counts of hours that begin at or after a time, oldest first.
    package func requestCounts(since moment: Timestamp) throws -> [RequestCount] {
        try read(.requests, since: moment).map { hour, kind, number in
            RequestCount(key: RequestCount.Key(hour: hour, code: kind.isEmpty ? nil : kind), count: number)
        }
    }
}
