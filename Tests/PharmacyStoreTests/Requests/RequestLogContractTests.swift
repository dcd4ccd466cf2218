import Foundation
import PharmacyDomain
import PharmacyTestSupport
import Testing

@testable import PharmacyStore

@Suite("The contract of the store: the request log", .timeLimit(.minutes(2)))
struct RequestLogContractTests {
    private static let now = TwoTenants.now
    private static let credential = ClientID(UUID())
    private static let order = OrderID(UUID())
    private static let patient = PatientID(UUID())

    private static func request(
        _ id: String, at moment: Timestamp = now, credential: ClientID? = credential, operation: String? = "getPatient",
        status: Int = 200, code: String? = nil, order: OrderID? = nil, patient: PatientID? = nil
    ) -> LoggedRequest {
        LoggedRequest(
            id: id, receivedAt: moment, credential: credential, operation: operation, method: "GET",
            path: operation.map { "\($0)/{uuid}" }, status: status, code: code, duration: .milliseconds(7),
            order: order, patient: patient)
    }

    private static func filter(_ set: (inout RequestFilter) -> Void) -> RequestFilter {
        var filter = RequestFilter()
        set(&filter)
        return filter
    }

    private func ids(_ tenants: TwoTenants, _ filter: RequestFilter = RequestFilter()) async throws -> [String] {
        try await tenants.read { try $0.requests(filter, page: TwoTenants.page).items.map(\.id) }
    }

    @Test("A request is read as it was logged, by its own tenant alone", arguments: TestDatabase.engines)
    func whole(engine: TestDatabase.Engine) async throws {
        try await TwoTenants.run(on: engine) { tenants in
            let full = Self.request(
                "full", status: 409, code: "price_changed", order: Self.order, patient: Self.patient)
            let bare = LoggedRequest(
                id: "bare", receivedAt: Self.now + .milliseconds(1), credential: nil, operation: nil, method: "OTHER",
                path: nil, status: 404, code: nil, duration: .zero, order: nil, patient: nil)
            try await tenants.write { try $0.appendToRequestLog([full, bare]) }
            try await tenants.store.write(tenants.other) { try $0.appendToRequestLog([Self.request("theirs")]) }
            let listed = try await tenants.read { try $0.requests(RequestFilter(), page: TwoTenants.page) }
            #expect(listed.items == [bare, full] && listed.total == nil)
            #expect(try await tenants.read { try $0.request("full") } == full)
            #expect(try await tenants.read { try $0.request("theirs") } == nil)
        }
    }

    @Test("Of several requests with one id the newest is read", arguments: TestDatabase.engines)
    func repeatedID(engine: TestDatabase.Engine) async throws {
        try await TwoTenants.run(on: engine) { tenants in
            let requests = [3, 5, 1].map { Self.request("same", at: Self.now + .seconds($0), status: 200 + $0) }
            try await tenants.write { try $0.appendToRequestLog(requests) }
            #expect(try await tenants.read { try $0.request("same")?.status } == 205)
            #expect(try await tenants.read { try $0.requests(RequestFilter(), page: TwoTenants.page).items.count } == 3)
        }
    }

    @Test("Each filter selects by its member, and several by all of them", arguments: TestDatabase.engines)
    func filters(engine: TestDatabase.Engine) async throws {
        try await TwoTenants.run(on: engine) { tenants in
            let other = ClientID(UUID())
            try await tenants.write { scope in
                try scope.appendToRequestLog([
                    Self.request("read", at: Self.now, patient: Self.patient),
                    Self.request("unchanged", at: Self.now + .seconds(1), status: 304, patient: Self.patient),
                    Self.request(
                        "submitted", at: Self.now + .seconds(2), credential: other, operation: "submitOrder",
                        status: 201, order: Self.order, patient: Self.patient),
                    Self.request(
                        "refused", at: Self.now + .seconds(3), operation: "cancelOrder", status: 409,
                        code: "order_not_cancellable", order: Self.order),
                    Self.request("failed", at: Self.now + .seconds(4), status: 500, code: "internal_error"),
                ])
            }
            let expected: [(RequestFilter, [String])] = [
                (Self.filter { _ in }, ["failed", "refused", "submitted", "unchanged", "read"]),
                (Self.filter { $0.statusClass = .successful }, ["submitted", "read"]),
                (Self.filter { $0.statusClass = .redirection }, ["unchanged"]),
                (Self.filter { $0.statusClass = .clientError }, ["refused"]),
                (Self.filter { $0.statusClass = .serverError }, ["failed"]),
                (Self.filter { $0.code = "order_not_cancellable" }, ["refused"]),
                (Self.filter { $0.operation = "getPatient" }, ["failed", "unchanged", "read"]),
                (Self.filter { $0.credential = other }, ["submitted"]),
                (Self.filter { $0.order = Self.order }, ["refused", "submitted"]),
                (Self.filter { $0.patient = Self.patient }, ["submitted", "unchanged", "read"]),
                (Self.filter { $0.from = Self.now + .seconds(3) }, ["failed", "refused"]),
                (Self.filter { $0.to = Self.now + .seconds(1) }, ["unchanged", "read"]),
                (
                    Self.filter {
                        $0.order = Self.order
                        $0.statusClass = .clientError
                        $0.credential = Self.credential
                    }, ["refused"]
                ),
                (
                    Self.filter {
                        $0.patient = Self.patient
                        $0.from = Self.now + .seconds(1)
                        $0.to = Self.now + .seconds(1)
                    }, ["unchanged"]
                ),
                (Self.filter { $0.order = OrderID(UUID()) }, []),
            ]
            for (filter, wanted) in expected { #expect(try await ids(tenants, filter) == wanted, "\(filter)") }
        }
    }

    /// The ids of all pages.
    private func walk(_ tenants: TwoTenants, perPage: Int) async throws -> [String] {
        var seen: [String] = []
        var request = PageRequest(page: 1, perPage: perPage)
        while true {
            let asked = request
            let page = try await tenants.read { try $0.requests(RequestFilter(), page: asked) }
            seen += page.items.map(\.id)
            guard case .after(let cursor) = page.next else { return seen }
            request = PageRequest(after: cursor, perPage: perPage)
        }
    }

    @Test("Pages continue by cursor, within a block and over many", arguments: TestDatabase.engines)
    func pages(engine: TestDatabase.Engine) async throws {
        try await TwoTenants.run(on: engine) { tenants in
            // Some blocks in one minute, and more blocks than are read at once.
            let start = Self.now.minute
            for batch in 0..<3 {
                try await tenants.write { scope in
                    try scope.appendToRequestLog(
                        (0..<20).map { Self.request("r\(batch * 20 + $0)", at: start + .milliseconds($0)) })
                }
            }
            let later = (60..<200).map { Self.request("r\($0)", at: start + .minutes($0)) }
            try await tenants.write { try $0.appendToRequestLog(later) }
            let wanted = (0..<200).reversed().map { "r\($0)" }
            for perPage in [1, 7, 20, 100] { #expect(try await walk(tenants, perPage: perPage) == wanted) }
        }
    }

    @Test("A block of a format that a newer program has written is passed over", arguments: TestDatabase.engines)
    func newerFormat(engine: TestDatabase.Engine) async throws {
        try await TwoTenants.run(on: engine) { tenants in
            for number in 0..<3 {
                try await tenants.write { try $0.appendToRequestLog([Self.request("r\(number)")]) }
            }
            try await tenants.write { scope in
                try scope.db.send(
                    "UPDATE request_log SET requests = $1 WHERE id = (SELECT MIN(id) + 1 FROM request_log)",
                    [.blob(Array("2\nanything".utf8))])
            }
            #expect(try await walk(tenants, perPage: 1) == ["r2", "r0"])
            #expect(try await tenants.read { try $0.request("r1") } == nil)
        }
    }

    @Test("A request is found by an id that contains its time, and by any other", arguments: TestDatabase.engines)
    func byID(engine: TestDatabase.Engine) async throws {
        try await TwoTenants.run(on: engine) { tenants in
            let assigned = RequestID.accepting(nil, at: Self.now)
            // A version 7 UUID of the caller, from another time.
            let foreign = RequestID.accepting(nil, at: Self.now - .days(1))
            let requests = [assigned, foreign, "mine"].map { Self.request($0) }
            try await tenants.write { try $0.appendToRequestLog(requests + [Self.request("other")]) }
            for request in requests {
                #expect(try await tenants.read { try $0.request(request.id) } == request)
                #expect(try await tenants.store.read(tenants.other) { try $0.request(request.id) } == nil)
            }
            let names = try await tenants.read { scope in
                try scope.db.rows("SELECT name FROM request_log_keys ORDER BY id", []) { try $0.text(0) }
            }
            #expect(Set(names) == ["request \(foreign)", "request mine", "request other"])
        }
    }

    @Test("A page examines a limited number of requests, and the list continues", arguments: TestDatabase.engines)
    func examined(engine: TestDatabase.Engine) async throws {
        try await TwoTenants.run(on: engine) { tenants in
            let requests = (0..<40).map { number in
                Self.request(
                    "r\(number)", at: Self.now + .seconds(number), operation: number % 20 == 0 ? "ping" : "getOrder")
            }
            try await tenants.write { try $0.appendToRequestLog(requests) }
            let filter = Self.filter { $0.operation = "ping" }
            var (seen, sizes): ([String], [Int]) = ([], [])
            var request = PageRequest(page: 1, perPage: 5)
            while true {
                let asked = request
                let page = try await tenants.read { try $0.requests(filter, page: asked, examining: 10) }
                seen += page.items.map(\.id)
                sizes.append(page.items.count)
                guard case .after(let cursor) = page.next else { break }
                request = PageRequest(after: cursor, perPage: 5)
            }
            #expect(seen == ["r20", "r0"])
            #expect(sizes == [0, 1, 0, 1, 0])
        }
    }

    @Test("A cursor continues with the same filters alone", arguments: TestDatabase.engines)
    func foreignCursor(engine: TestDatabase.Engine) async throws {
        try await TwoTenants.run(on: engine) { tenants in
            try await tenants.write { try $0.appendToRequestLog((0..<3).map { Self.request("r\($0)") }) }
            let first = try await tenants.read {
                try $0.requests(RequestFilter(), page: PageRequest(page: 1, perPage: 1))
            }
            guard case .after(let cursor) = first.next else {
                Issue.record("the list should continue")
                return
            }
            await #expect(throws: ListCursor.Fault.foreign) {
                _ = try await tenants.read { scope in
                    try scope.requests(
                        Self.filter { $0.operation = "ping" }, page: PageRequest(after: cursor, perPage: 1))
                }
            }
        }
    }

    @Test("Requests are counted by hour and outcome", arguments: TestDatabase.engines)
    func counts(engine: TestDatabase.Engine) async throws {
        try await TwoTenants.run(on: engine) { tenants in
            let hour = Self.now.hour
            @Sendable func count(_ hours: Int, _ code: String?, _ number: Int) -> RequestCount {
                RequestCount(key: RequestCount.Key(hour: hour + .hours(hours), code: code), count: number)
            }
            try await tenants.write { try $0.addRequestCounts([count(0, nil, 5), count(1, "rate_limited", 2)]) }
            try await tenants.write { try $0.addRequestCounts([count(0, nil, 2), count(0, "not_found", 1)]) }
            try await tenants.store.write(tenants.other) { try $0.addRequestCounts([count(0, nil, 100)]) }
            #expect(
                try await tenants.read { try $0.requestCounts(since: hour) }
                    == [count(0, nil, 7), count(0, "not_found", 1), count(1, "rate_limited", 2)])
            #expect(
                try await tenants.read { try $0.requestCounts(since: hour + .hours(1)) }
                    == [count(1, "rate_limited", 2)])
        }
    }

    @Test("Old requests and counts are removed in batches, of all tenants", arguments: TestDatabase.engines)
    func pruned(engine: TestDatabase.Engine) async throws {
        try await TwoTenants.run(on: engine) { tenants in
            let count = StoreLimits.requestLogPruneBatch / 2 + 10
            let old = (1...count).map { Self.request("old\($0)", at: Self.now - .minutes($0)) }
            let counted = RequestCount(key: RequestCount.Key(hour: Self.now.hour, code: nil), count: old.count)
            for tenant in [tenants.own, tenants.other] {
                try await tenants.store.write(tenant) { scope in
                    try scope.appendToRequestLog(old + [Self.request("new")])
                    try scope.addRequestCounts([counted])
                }
            }
            let store = tenants.store
            let before = Self.now
            var removed: [Int] = []
            repeat {
                removed.append(try await store.systemWrite(.claims) { try $0.pruneRequestLog(before: before) })
            } while removed.last == StoreLimits.requestLogPruneBatch
            #expect(removed == [StoreLimits.requestLogPruneBatch, 20])
            #expect(try await ids(tenants) == ["new"])
            #expect(try await store.systemWrite(.claims) { try $0.prune(.requests, before: Self.now.hour) } == 0)
            #expect(try await store.systemWrite(.claims) { try $0.prune(.requests, before: before) } == 2)
        }
    }

    @Test("The log of a tenant that is erased is removed", arguments: TestDatabase.engines)
    func erased(engine: TestDatabase.Engine) async throws {
        try await TwoTenants.run(on: engine) { tenants in
            let counted = RequestCount(key: RequestCount.Key(hour: Self.now.hour, code: nil), count: 1)
            for tenant in [tenants.own, tenants.other] {
                try await tenants.store.write(tenant) { scope in
                    try scope.appendToRequestLog([Self.request("r")])
                    try scope.addRequestCounts([counted])
                }
            }
            try await tenants.store.erase(tenants.own)
            let left = try await tenants.store.systemRead { scope in
                try scope.db.row(
                    """
                    SELECT (SELECT COUNT(*) FROM request_log), (SELECT COUNT(*) FROM request_log_keys),
                        (SELECT COUNT(*) FROM request_counts)
                    """, []
                ) { [try $0.integer(0), try $0.integer(1), try $0.integer(2)] }
            }
            #expect(left == [1, 1, 1])
        }
    }
}

extension TenantScope {
    /// Appends requests in a block for each minute.
    fileprivate func appendToRequestLog(_ requests: [LoggedRequest]) throws {
        for (minute, requests) in Dictionary(grouping: requests, by: \.receivedAt.minute).sorted(by: { $0.key < $1.key }
        ) {
            var block = RequestBlock(minute: minute)
            for request in requests { block.append(request) }
            try appendToRequestLog(block)
        }
    }
}
