import Foundation
import PharmacyDomain
import PharmacyTestSupport
import Testing

@testable import PharmacyServices

@Suite("The order of look-ups")
struct LookupQueueTests {
    private static let tenants = (0..<64).map { _ in TenantID(UUID()) }
    private let limits = LookupQueue.Limits()

    /// Enters a caller that must not be refused.
    @discardableResult
    private func enter(
        _ queue: inout LookupQueue, _ host: String, of tenant: Int, at now: Duration = .zero
    ) throws -> (ticket: LookupQueue.Ticket, begin: String?) {
        guard case .waits(let ticket, let begin) = queue.admit(host, of: Self.tenants[tenant], at: now) else {
            throw Refused()
        }
        return (ticket, begin)
    }

    private struct Refused: Error {}

    @Test("Unresolvable names of one tenant leave threads for ten other such tenants and one more")
    func shares() throws {
        var queue = LookupQueue(limits: limits)
        for tenant in 0..<10 {
            var begun = 0
            for name in 0..<100 where try enter(&queue, "\(name).t\(tenant)", of: tenant).begin != nil { begun += 1 }
            #expect((1...6).contains(begun))
        }
        #expect(queue.inProgress < limits.threads)
        #expect(try enter(&queue, "healthy", of: 10).begin == "healthy")
    }

    @Test("Callers for one name share a look-up, whatever tenant they are of")
    func coalescing() throws {
        var queue = LookupQueue(limits: limits)
        let first = try enter(&queue, "a", of: 0)
        #expect(first.begin == "a")
        let others = try (0..<100).map { try enter(&queue, "a", of: $0 % 5) }
        #expect(others.allSatisfy { $0.begin == nil })
        #expect(queue.inProgress == 1)
        #expect(queue.waitingCount == 0)
        let end = queue.end("a", isUnresolved: false, at: .zero)
        #expect(end.callers == [first.ticket] + others.map(\.ticket))
        #expect(queue.inProgress == 0)
    }

    @Test("A name that waits for one tenant's turn is looked up at once for another, and serves both")
    func sharedName() throws {
        var queue = LookupQueue(limits: limits)
        for name in 0..<6 { try enter(&queue, "stuck\(name)", of: 0) }
        let waits = try enter(&queue, "common", of: 0)
        #expect(waits.begin == nil)
        #expect(queue.waitingCount == 1)
        let other = try enter(&queue, "common", of: 1)
        #expect(other.begin == "common")
        #expect(queue.end("common", isUnresolved: false, at: .zero).callers == [waits.ticket, other.ticket])
        #expect(queue.waitingCount == 0)
    }

    @Test("Free threads go to the tenants in turn, and to each tenant's names in their order")
    func turns() throws {
        var limits = limits
        (limits.threads, limits.divisor) = (1, 1)
        var queue = LookupQueue(limits: limits)
        try enter(&queue, "now", of: 0)
        for name in ["a1", "a2", "a3"] { try enter(&queue, name, of: 0) }
        for name in ["b1", "b2"] { try enter(&queue, name, of: 1) }
        try enter(&queue, "c1", of: 2)
        var order: [String] = []
        var current = "now"
        while let next = queue.end(current, isUnresolved: false, at: .zero).begin.first {
            order.append(next)
            current = next
        }
        #expect(order == ["a1", "b1", "c1", "a2", "b2", "a3"])
        #expect(queue.inProgress == 0)
        #expect(queue.waitingCount == 0)
    }

    @Test("A tenant with too many callers is refused, and no other is")
    func waiting() throws {
        var queue = LookupQueue(limits: limits)
        for caller in 0..<limits.waiting { try enter(&queue, "\(caller)", of: 0) }
        #expect(queue.admit("more", of: Self.tenants[0], at: .zero) == .refused(.noRoom))
        #expect(try enter(&queue, "other", of: 1).begin == "other")
    }

    @Test("A timeout is attributed to the name if it was being looked up, and to this server if it waited")
    func faultAttribution() throws {
        var queue = LookupQueue(limits: limits)
        let stuck = try (0..<6).map { try enter(&queue, "stuck\($0)", of: 0) }
        let waits = try enter(&queue, "waits", of: 0)
        #expect(queue.remove(stuck[0].ticket, "stuck0", at: limits.timeout) == .timedOut)
        #expect(queue.remove(waits.ticket, "waits", at: limits.timeout) == .noRoom)
        #expect(queue.waitingCount == 0)
        // A look-up that has just begun is not at fault yet.
        let late = try enter(&queue, "late", of: 1, at: .seconds(4))
        #expect(queue.remove(late.ticket, "late", at: .seconds(5)) == .noRoom)
        #expect(queue.remove(late.ticket, "late", at: .seconds(5)) == nil, "it has left")
        #expect(queue.inProgress == 7, "who leaves takes no thread along")
    }

    @Test("A stuck name gets no second thread, and is refused for a while after its look-up")
    func refusal() throws {
        var queue = LookupQueue(limits: limits)
        let caller = try enter(&queue, "stuck", of: 0)
        #expect(try enter(&queue, "stuck", of: 1, at: limits.timeout - .milliseconds(1)).begin == nil)
        #expect(queue.admit("stuck", of: Self.tenants[1], at: limits.timeout) == .refused(.timedOut))
        #expect(queue.remove(caller.ticket, "stuck", at: limits.timeout) == .timedOut)
        #expect(queue.inProgress == 1)
        let end = Duration.seconds(40)
        _ = queue.end("stuck", isUnresolved: true, at: end)
        #expect(queue.inProgress == 0)
        let until = end + limits.refusal
        #expect(queue.admit("stuck", of: Self.tenants[0], at: until - .milliseconds(1)) == .refused(.timedOut))
        #expect(try enter(&queue, "stuck", of: 0, at: until).begin == "stuck")
        // A name that resolved after a long look-up is no longer stuck; one that does not exist never was.
        _ = queue.end("stuck", isUnresolved: false, at: until + .seconds(40))
        #expect(try enter(&queue, "stuck", of: 0, at: until + .seconds(41)).begin == "stuck")
        _ = queue.end("stuck", isUnresolved: true, at: until + .seconds(42))
        #expect(try enter(&queue, "stuck", of: 0, at: until + .seconds(43)).begin == "stuck")
    }

    @Test("The number of remembered stuck names is limited")
    func remembered() throws {
        var limits = limits
        limits.remembered = 2
        var queue = LookupQueue(limits: limits)
        for name in 0..<3 {
            try enter(&queue, "\(name)", of: 0)
            _ = queue.end("\(name)", isUnresolved: true, at: limits.timeout)
        }
        let now = limits.timeout
        #expect(queue.admit("1", of: Self.tenants[0], at: now) == .refused(.timedOut))
        #expect(try enter(&queue, "2", of: 0, at: now).begin == "2")
    }

    @Test(
        "For any sequence of events, every caller gets a result and no name has two look-ups at once"
    )
    func anything() throws {
        var generator = SeededGenerator(seed: 17)
        for _ in 0..<50 {
            var limits = limits
            (limits.threads, limits.waiting) = (Int.random(in: 1...6, using: &generator), 20)
            var queue = LookupQueue(limits: limits)
            var callers: [LookupQueue.Ticket: String] = [:]
            var running: Set<String> = []
            func begin(_ names: [String]) { for name in names { #expect(running.insert(name).inserted) } }
            for step in 0..<400 {
                let now = Duration.milliseconds(step)
                let host = "\(Int.random(in: 0..<12, using: &generator))"
                switch Int.random(in: 0..<4, using: &generator) {
                case 0, 1:
                    let tenant = Self.tenants[Int.random(in: 0..<4, using: &generator)]
                    if case .waits(let ticket, let name) = queue.admit(host, of: tenant, at: now) {
                        callers[ticket] = host
                        begin([name].compactMap(\.self))
                    }
                case 2:
                    guard let (ticket, host) = callers.randomElement(using: &generator) else { continue }
                    #expect(queue.remove(ticket, host, at: now) != nil)
                    callers[ticket] = nil
                default:
                    guard let host = running.randomElement(using: &generator) else { continue }
                    running.remove(host)
                    let end = queue.end(host, isUnresolved: Bool.random(using: &generator), at: now)
                    for ticket in end.callers { #expect(callers.removeValue(forKey: ticket) == host) }
                    begin(end.begin)
                }
                #expect(queue.inProgress == running.count)
                #expect(running.count <= limits.threads)
            }
            while let host = running.popFirst() {
                let end = queue.end(host, isUnresolved: false, at: .seconds(1))
                for ticket in end.callers { #expect(callers.removeValue(forKey: ticket) == host) }
                begin(end.begin)
            }
            #expect(callers.isEmpty)
            #expect(queue.waitingCount == 0)
        }
    }
}
