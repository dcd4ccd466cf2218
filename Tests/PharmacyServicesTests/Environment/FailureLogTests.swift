import AsyncHTTPClient
import Foundation
import Logging
import NIOCore
import PharmacyDomain
import PharmacyStore
import PharmacyTestSupport
import Testing

@testable import PharmacyServices

@Suite("The log of failing work", .timeLimit(.minutes(1)))
struct FailureLogTests {
    private let time = ManualClock()
    private let log = LogRecorder()

    private enum Secretive: Error, CustomStringConvertible {
        case detailed(String)
        case plain

        var description: String { "Zebulon Quackenbush" }
    }

    private struct Opaque: Error { let name = "Zebulon Quackenbush" }

    @Test("A cause is reported once when it begins, and once with count and duration when the work succeeds")
    func executeOnce() {
        let failures = FailureLog(time: time, logger: log.logger)
        for _ in 0..<100 {
            failures.failed("pruning", StoreError.sealBroken)
            time.advance(by: .seconds(1))
        }
        #expect(log.count(.error, "pruning failed and will try again") == 1)
        #expect(log.metadata(of: "pruning")["error"] == StoreError.sealBroken.description)
        failures.failed("pruning", IOError(errnoCode: ECONNREFUSED, reason: "connect"))
        #expect(log.count(.error, "pruning failed and will try again") == 2)
        #expect(log.metadata(of: "pruning")["error"] == "connection refused")
        failures.succeeded("another")
        #expect(log.count(.notice, "") == 0)
        failures.succeeded("pruning")
        failures.succeeded("pruning")
        #expect(log.count(.notice, "pruning works again") == 1)
        let end = log.metadata(of: "pruning works again")
        #expect(end["failures"] == "101" && end["seconds"] == "100")
    }

    @Test("Failures of the store are left to its own log")
    func store() {
        let failures = FailureLog(time: time, logger: log.logger)
        failures.failed("pruning", StoreError.unavailable(StoreFault(.diskFull, "full")))
        failures.failed("pruning", StoreError.overloaded)
        failures.failed("pruning", StoreError.closed)
        failures.failed("pruning", ServiceError.storageUnavailable(retryAfter: .seconds(1)))
        failures.succeeded("pruning")
        #expect(log.all == [])
    }

    /// An error and its description.
    struct Case: CustomTestStringConvertible {
        let error: any Error
        let words: String

        var testDescription: String { words }
    }

    @Test(
        "Errors of this program are described in full, and others without their values",
        arguments: [
            Case(
                error: StoreError.broken(StoreFault(.damaged, "the page is damaged")),
                words: "The store is not as expected: the page is damaged."),
            Case(error: IOError(errnoCode: ENOSPC, reason: "write"), words: "no space left on device"),
            Case(error: HTTPClientError.remoteConnectionClosed, words: "Remote connection closed"),
            Case(error: CancellationError(), words: "it was cancelled"),
            Case(error: Secretive.detailed("Zebulon"), words: "Secretive.detailed"),
            Case(error: Opaque(), words: "Opaque"),
            Case(
                error: PharmacySystemFailure(.unauthorized, cause: "status 401"),
                words: "it refuses the token: check UP_IMPETUS_TOKEN (status 401)"),
        ])
    func words(_ tried: Case) { #expect(FailureCause.words(tried.error) == tried.words) }

    @Test("The description of an error in logs contains no values", arguments: [Secretive.detailed("x"), .plain])
    private func secrets(error: Secretive) { #expect(!FailureCause.words(error).contains("Zebulon")) }
}
