import PharmacyDomain
import PharmacyStore
import PharmacyTestSupport
import Synchronization
import Testing

@testable import UnitedPharmacy

@Suite("Waiting for the database at the start", .timeLimit(.minutes(1)))
struct DatabaseStartWaitTests {
    private static let passing = DatabaseRefusal.unreachable(cause: "connection refused", isPassing: true)

    /// Opens what fails so often before it is there.
    private func open(
        failures: Int, with error: any Error, limit: Duration
    ) async -> (outcome: Result<Int, any Error>, announcements: [String]) {
        let time = ManualClock()
        let said = Mutex<[String]>([])
        let tries = Mutex(0)
        let wait = DatabaseStartWait(limit: limit, time: time) { sentence in said.withLock { $0.append(sentence) } }
        return await withTaskGroup(of: Void.self) { group in
            group.addTask { while !Task.isCancelled { await time.advanceToNextSleeper() } }
            defer { group.cancelAll() }
            let outcome: Result<Int, any Error>
            do {
                outcome = .success(
                    try await wait.open {
                        let number = tries.withLock { tries in
                            tries += 1
                            return tries
                        }
                        if number <= failures { throw error }
                        return number
                    })
            } catch {
                outcome = .failure(error)
            }
            return (outcome, said.withLock(\.self))
        }
    }

    @Test("A server that comes up in time is found, and what was waited for is told once")
    func comesUp() async throws {
        for error in [DatabaseStartWaitTests.passing, StoreError.unavailable("it is a standby")] as [any Error] {
            let (outcome, said) = await open(failures: 59, with: error, limit: .seconds(30))
            #expect(try outcome.get() == 60)
            #expect(said == ["\(error) Waiting for it, 30s at the most."])
        }
    }

    @Test("One that does not stops the start when the time is over, with its cause")
    func staysDown() async {
        let (outcome, said) = await open(failures: .max, with: DatabaseStartWaitTests.passing, limit: .seconds(30))
        #expect(throws: DatabaseStartWaitTests.passing) { try outcome.get() }
        #expect(said.count == 1)
    }

    @Test("Nothing is waited for without a time to wait")
    func atOnce() async {
        let (outcome, said) = await open(failures: 1, with: DatabaseStartWaitTests.passing, limit: .zero)
        #expect(throws: DatabaseStartWaitTests.passing) { try outcome.get() }
        #expect(said.isEmpty)
    }

    @Test(
        "What time does not mend is not waited for",
        arguments: [
            DatabaseRefusal.unreachable(cause: "the password is wrong", isPassing: false),
            .encoding(database: "up", found: "LATIN1"), .transactionPooling(database: "up"), .emptyFile(path: "up"),
        ])
    func lasting(refusal: DatabaseRefusal) async {
        let (outcome, said) = await open(failures: 1, with: refusal, limit: .seconds(30))
        #expect(throws: refusal) { try outcome.get() }
        #expect(said.isEmpty)
    }
}
