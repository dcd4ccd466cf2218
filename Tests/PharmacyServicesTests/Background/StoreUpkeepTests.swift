import PharmacyDomain
import PharmacyStore
import PharmacyTestSupport
import Testing

@testable import PharmacyServices

@Suite("Watching the database")
struct StoreUpkeepTests {
    @Test("A condition is told of when it begins and when it ends")
    func condition() {
        var watch = ConditionWatch()
        let changes = [false, true, true, false, false, true].map { watch.note($0) }
        #expect(changes == [nil, .begins, nil, .ends, nil, .begins])
    }

    @Test("It looks at a database in use")
    func look() async throws {
        let installation = try await TestInstallation()
        try await StoreUpkeep(environment: installation.environment, logger: installation.logger).look()
        #expect(try await installation.environment.store.checkpoint())
    }

    @Test(
        "Whatever keeps the store from doing a request now, its client may send it again",
        arguments: [
            StoreError.unavailable("why"), .unavailable(StoreFault(.readOnly, "why")), .locked, .outcomeUnknown,
            .overloaded, .closed, .broken(StoreFault(.damaged, "why")), .broken(StoreFault(.permission, "why")),
        ])
    func translation(error: StoreError) async throws {
        await #expect(throws: ServiceError.storageUnavailable(retryAfter: ServiceLimits.storageRetryAfter)) {
            try await ServiceEnvironment.translating { throw error }
        }
        // Also where it has come past the verbs.
        #expect(ServiceError(storage: error) == .storageUnavailable(retryAfter: ServiceLimits.storageRetryAfter))
    }

    @Test(
        "What is wrong with one record stays what it is, and would be so again",
        arguments: [StoreError.broken("an order cannot be read"), .sealBroken, .uniqueViolation])
    func records(error: StoreError) async throws {
        await #expect(throws: error) { try await ServiceEnvironment.translating { throw error } }
        #expect(ServiceError(storage: error) == nil)
    }

    @Test("A page that is damaged is its records' matter, and a privilege that the role lacks is no record's")
    func quarantine() {
        #expect(QuarantinedItem.Reason(StoreError.broken(StoreFault(.damaged, "why"))) == .malformed)
        #expect(QuarantinedItem.Reason(StoreError.broken(StoreFault(.permission, "why"))) == nil)
        #expect(QuarantinedItem.Reason(StoreError.unavailable(StoreFault(.diskFull, "why"))) == nil)
    }
}
