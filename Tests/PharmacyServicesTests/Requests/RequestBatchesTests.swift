import PharmacyDomain
import PharmacyTestSupport
import Testing

@testable import PharmacyServices
@testable import PharmacyStore

@Suite("Requests that wait for the log")
struct RequestBatchesTests {
    private static let now = Timestamp(milliseconds: 1_700_000_000_000)

    private func tenant(_ byte: UInt8, resetsAt: Timestamp? = nil) -> Tenant {
        Tenant(
            id: Entropy { [UInt8](repeating: byte, count: $0) }.identifier(), name: "t\(byte)", kind: .live,
            status: .active, createdAt: Self.now, resetsAt: resetsAt)
    }

    private func request(
        _ id: String, at moment: Timestamp = now, status: Int = 200, code: String? = nil
    ) -> LoggedRequest {
        LoggedRequest(
            id: id, receivedAt: moment, credential: nil, operation: nil, method: "GET", path: nil, status: status,
            code: code, duration: .zero, order: nil, patient: nil)
    }

    private func ids(_ batch: RequestBatch) -> [String] {
        batch.blocks.flatMap { block in
            (try? RequestBlock.requests(block.bytes, minute: block.minute)) ?? []
        }.map(\.id)
    }

    @Test("Requests are batched by tenant, and those of a sandbox from before and after a wipe separately")
    func batches() {
        var batches = RequestBatches()
        let sandbox = (tenant(2, resetsAt: Self.now), tenant(2, resetsAt: Self.now + .hours(24)))
        #expect(batches.add(request("a"), of: tenant(1)) == .first)
        #expect(batches.add(request("b"), of: sandbox.0) == .further)
        #expect(batches.add(request("c"), of: sandbox.1) == .further)
        #expect(batches.add(request("d"), of: tenant(1)) == .further)
        #expect(batches.count == 4)
        let all = batches.removeAll()
        #expect(Set(all.map { ids($0) }) == [["a", "d"], ["b"], ["c"]])
        #expect(batches.count == 0 && batches.removeAll().isEmpty)
        #expect(batches.add(request("e"), of: tenant(1)) == .first)
    }

    @Test(
        "Many refused requests are counted but not logged",
        arguments: [(401, "unauthenticated"), (429, "rate_limited")])
    func refused(status: Int, code: String) {
        var batches = RequestBatches()
        let (limit, tenant) = (ServiceLimits.refusedRequestsLogged, tenant(1))
        for number in 0..<(limit + 50) {
            _ = batches.add(request("r\(number)", status: status, code: code), of: tenant)
        }
        for number in 0..<100 { _ = batches.add(request("o\(number)"), of: tenant) }
        #expect(batches.count == limit + 100)
        let batch = batches.removeAll()
        #expect(batch.map(\.count) == [limit + 100])
        let counts = Dictionary(uniqueKeysWithValues: (batch.first?.counts ?? []).map { ($0.key.code, $0.count) })
        #expect(counts == [nil: 100, code: limit + 50])
    }

    @Test("Beyond the limit requests are dropped")
    func full() {
        var batches = RequestBatches()
        let tenant = tenant(1)
        for _ in 0..<ServiceLimits.waitingRequests { _ = batches.add(request("r"), of: tenant) }
        #expect(batches.add(request("late"), of: tenant) == .dropped)
        #expect(batches.count == ServiceLimits.waitingRequests)
    }

    @Test("A block has requests of one minute, and no more than some")
    func blocks() {
        var batches = RequestBatches()
        let tenant = tenant(1)
        let minute = Self.now.minute
        let times = [minute, minute + .seconds(59), minute + .minutes(1), minute + .seconds(1)]
        for time in times { _ = batches.add(request("r", at: time), of: tenant) }
        #expect(batches.removeAll().flatMap(\.blocks).map(\.count) == [3, 1])
        for _ in 0...StoreLimits.requestsPerBlock { _ = batches.add(request("r"), of: tenant) }
        #expect(batches.removeAll().flatMap(\.blocks).map(\.count) == [StoreLimits.requestsPerBlock, 1])
    }

    @Test("A batch that is put back precedes later requests; where there is no room, its oldest blocks are dropped")
    func putBack() {
        var batches = RequestBatches()
        let tenant = tenant(1)
        for id in ["a", "b"] { _ = batches.add(request(id), of: tenant) }
        _ = batches.add(request("c", at: Self.now + .minutes(1)), of: tenant)
        let batch = batches.removeAll()[0]
        _ = batches.add(request("d", at: Self.now + .minutes(1)), of: tenant)
        #expect(batches.putBack(batch) == 0 && batches.count == 4)
        #expect(batches.removeAll().map(ids) == [["a", "b", "c", "d"]])
        for _ in 0..<(ServiceLimits.waitingRequests - 2) { _ = batches.add(request("new"), of: tenant) }
        #expect(batches.putBack(batch) == 2)
        #expect(batches.count == ServiceLimits.waitingRequests - 1)
        #expect(batches.removeAll().flatMap(ids).prefix(2) == ["c", "new"])
    }
}
