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
            StoreError.unavailable("why"), .locked, .outcomeUnknown, .overloaded, .closed,
        ])
    func translation(error: StoreError) async throws {
        await #expect(throws: ServiceError.storageUnavailable(retryAfter: ServiceLimits.storageRetryAfter)) {
            try await ServiceEnvironment.translating { throw error }
        }
    }
}
