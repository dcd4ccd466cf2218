import PharmacyDomain
import PharmacyServices
import PharmacyStore
import PharmacyTestSupport
import Testing

@Suite("Erasure by the server", .timeLimit(.minutes(3)))
struct ErasureSweepTests {
    @Test("Records erased by a wipe or a deletion are removed from the files within seconds")
    func sweeps() async throws {
        let installation = try await TestInstallation()
        let store = installation.environment.store
        let patient = try await installation.createPatient()
        let sweep = ErasureSweep(environment: installation.environment, logger: installation.logger)
        try await withThrowingTaskGroup(of: Void.self) { group in
            group.addTask { try await sweep.run() }
            // The first sweep is at once.
            await installation.time.advanceToNextSleeper()
            for erase in [
                { try await installation.patients.delete(patient, tenant: installation.tenant) },
                { try await installation.controls.wipe(installation.tenant) },
            ] {
                let begun = installation.time.now()
                try await erase()
                while store.hasPendingErasure { await installation.time.advanceToNextSleeper() }
                #expect(installation.time.now().since(begun) <= ServiceLimits.erasureInterval * 2)
            }
            group.cancelAll()
        }
        #expect(!store.hasPendingErasure)
    }

    @Test("Changes that erase nothing cause no work")
    func changes() async throws {
        let installation = try await TestInstallation()
        _ = try await installation.place(try await installation.order())
        #expect(!installation.environment.store.hasPendingErasure)
    }
}
