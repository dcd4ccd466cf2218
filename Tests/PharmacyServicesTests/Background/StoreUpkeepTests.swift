import PharmacyDomain
import PharmacyStore
import PharmacyTestSupport
import Testing

@testable import PharmacyServices

@Suite("Monitoring the database", .timeLimit(.minutes(1)))
struct StoreUpkeepTests {
    @Test("A condition is reported when it begins and when it ends")
    func condition() {
        var watch = ConditionWatch()
        let changes = [false, true, true, false, false, true].map { watch.note($0) }
        #expect(changes == [nil, .begins, nil, .ends, nil, .begins])
    }

    @Test("It reads a database in use")
    func look() async throws {
        let installation = try await TestInstallation()
        try await StoreUpkeep(environment: installation.environment, logger: installation.logger).look()
        #expect(try await installation.environment.store.checkpoint())
    }

    @Test(
        "After any temporary failure of the store the client may repeat its request",
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
        "An error of one record is not mapped, and is not repeatable",
        arguments: [StoreError.broken("an order cannot be read"), .sealBroken, .uniqueViolation])
    func records(error: StoreError) async throws {
        await #expect(throws: error) { try await ServiceEnvironment.translating { throw error } }
        #expect(ServiceError(storage: error) == nil)
    }

    @Test("A damaged page concerns its records, and a missing privilege concerns no record")
    func quarantine() {
        #expect(QuarantinedItem.Reason(StoreError.broken(StoreFault(.damaged, "why"))) == .malformed)
        #expect(QuarantinedItem.Reason(StoreError.broken(StoreFault(.permission, "why"))) == nil)
        #expect(QuarantinedItem.Reason(StoreError.unavailable(StoreFault(.diskFull, "why"))) == nil)
    }
}
