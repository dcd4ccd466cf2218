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
        let announced = Mutex<[String]>([])
        let tries = Mutex(0)
        let wait = DatabaseStartWait(limit: limit, time: time) { sentence in announced.withLock { $0.append(sentence) }
        }
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
            return (outcome, announced.withLock(\.self))
        }
    }

    @Test("The wait ends when the server responds in time, and is announced once")
    func comesUp() async throws {
        for error in [DatabaseStartWaitTests.passing, StoreError.unavailable("it is a standby")] as [any Error] {
            let (outcome, announced) = await open(failures: 59, with: error, limit: .seconds(30))
            #expect(try outcome.get() == 60)
            #expect(announced == ["\(error) Waiting for it for up to 30s."])
        }
    }

    @Test("The wait ends with the last error when the time is over")
    func staysDown() async {
        let (outcome, announced) = await open(failures: .max, with: DatabaseStartWaitTests.passing, limit: .seconds(30))
        #expect(throws: DatabaseStartWaitTests.passing) { try outcome.get() }
        #expect(announced.count == 1)
    }

    @Test("A limit of zero does not wait")
    func atOnce() async {
        let (outcome, announced) = await open(failures: 1, with: DatabaseStartWaitTests.passing, limit: .zero)
        #expect(throws: DatabaseStartWaitTests.passing) { try outcome.get() }
        #expect(announced.isEmpty)
    }

    @Test(
        "Lasting errors end the wait at once",
        arguments: [
            DatabaseRefusal.unreachable(cause: "the password is wrong", isPassing: false),
            .encoding(database: "up", found: "LATIN1"), .transactionPooling(database: "up"), .emptyFile(path: "up"),
        ])
    func lasting(refusal: DatabaseRefusal) async {
        let (outcome, announced) = await open(failures: 1, with: refusal, limit: .seconds(30))
        #expect(throws: refusal) { try outcome.get() }
        #expect(announced.isEmpty)
    }
}
