import Foundation
import PharmacyDomain
import PharmacyServices
import Testing

/// Tests look-ups on separate threads, some of which never end.
@Suite("Look-ups of receivers' names", .timeLimit(.minutes(1)))
struct AddressResolverTests {
    private let tenant = TenantID(UUID())
    private let other = TenantID(UUID())

    @Test("An unresolvable name times out for its first callers, and fails at once for later ones")
    func stuck() async throws {
        let names = StuckNames()
        defer { names.release() }
        let resolver = names.resolver(timeout: .milliseconds(200))
        await #expect(throws: NameLookupFailure.timedOut) {
            try await resolver.addresses(of: "stuck.example", for: tenant)
        }
        for _ in 0..<100 {
            await #expect(throws: NameLookupFailure.timedOut) {
                try await resolver.addresses(of: "stuck.example", for: other)
            }
        }
        #expect(names.lookups == ["stuck.example"])
        #expect(try await resolver.addresses(of: "good.example", for: tenant).map(\.text) == ["127.0.0.1"])
        await resolver.shutdown()
    }

    @Test("A tenant with unresolvable names is refused more; another tenant's names resolve meanwhile")
    func shares() async throws {
        let names = StuckNames()
        defer { names.release() }
        let resolver = names.resolver(timeout: .milliseconds(500))
        let tenant = tenant
        try await withThrowingTaskGroup(of: NameLookupFailure?.self) { group in
            for name in 0..<40 {
                group.addTask {
                    do {
                        _ = try await resolver.addresses(of: "\(name).stuck.example", for: tenant)
                        return nil
                    } catch let failure as NameLookupFailure {
                        return failure
                    }
                }
            }
            while names.held.count < 6 { await Task.yield() }
            for name in 0..<40 {
                #expect(try await resolver.addresses(of: "\(name).good.example", for: other).count == 1)
            }
            var failures: [NameLookupFailure: Int] = [:]
            for try await failure in group { failures[try #require(failure), default: 0] += 1 }
            #expect(failures == [.timedOut: 6, .noRoom: 34])
        }
        #expect(names.held.count == 6)
        await resolver.shutdown()
    }

    @Test("Names that wait for a thread get it when it is free")
    func waiting() async throws {
        let names = StuckNames()
        let resolver = names.resolver()
        let tenant = tenant
        try await withThrowingTaskGroup(of: Int.self) { group in
            for name in 0..<40 {
                group.addTask { try await resolver.addresses(of: "\(name).stuck.example", for: tenant).count }
            }
            while names.held.count < 6 { await Task.yield() }
            names.release()
            for try await count in group { #expect(count == 1) }
        }
        #expect(Set(names.lookups).count == 40)
        #expect(names.lookups.count == 40)
        await resolver.shutdown()
    }

    @Test("A cancelled caller continues at once, and a shutdown waits for no thread")
    func ends() async throws {
        let names = StuckNames()
        defer { names.release() }
        let resolver = names.resolver(timeout: .seconds(600))
        let tenant = tenant
        let cancelled = Task { try await resolver.addresses(of: "a.stuck.example", for: tenant) }
        let left = Task { try await resolver.addresses(of: "b.stuck.example", for: tenant) }
        while names.held.count < 2 { await Task.yield() }
        cancelled.cancel()
        await #expect(throws: CancellationError.self) { try await cancelled.value }
        await resolver.shutdown()
        await #expect(throws: CancellationError.self) { try await left.value }
        await #expect(throws: CancellationError.self) {
            try await resolver.addresses(of: "good.example", for: tenant)
        }
    }

    @Test("The system's resolver resolves localhost")
    func system() async throws {
        let resolver = AddressResolver()
        let addresses = try await resolver.addresses(of: "localhost", for: tenant)
        #expect(!addresses.isEmpty)
        #expect(addresses.allSatisfy { $0.isLoopback })
        await resolver.shutdown()
    }
}
