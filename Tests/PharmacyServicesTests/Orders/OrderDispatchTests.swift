import PharmacyDomain
import PharmacyServices
import PharmacyStore
import PharmacyTestSupport
import Synchronization
import Testing

@Suite("Handing orders to the pharmacy")
struct OrderDispatchTests {
    /// A sandbox whose pharmacy says what the test says.
    private struct Fixture {
        let time = ManualClock()
        let system: ScriptedPharmacySystem
        let installation: TestInstallation

        init() async throws {
            system = ScriptedPharmacySystem(time: time)
            installation = try await TestInstallation(pharmacySystem: system, time: time)
        }

        var dispatcher: OrderDispatcher {
            OrderDispatcher(
                environment: installation.environment, systems: installation.systems, notifier: installation.notifier,
                logger: installation.logger)
        }

        func place() async throws -> OrderID { try await installation.place(try await installation.order()) }

        /// Dispatches what is due now.
        func dispatch() async throws -> Timestamp? { try await dispatcher.dispatchDue() }

        func cancel(_ id: OrderID) async throws -> JSON {
            try JSON.parse(
                try await installation.orders.cancel(id, body: ["reason": "Twice"], tenant: installation.tenant).bytes)
        }
    }

    private static let timedOut = PharmacyResult.unavailable(PharmacySystemFailure(.timedOut))
    private static let unreachable = PharmacyResult.unavailable(PharmacySystemFailure(.connectionFailed))

    @Test("What is not reached is tried again after 1, 2, 4 … seconds, and the order tells of it")
    func backoff() async throws {
        let fixture = try await Fixture()
        let id = try await fixture.place()
        let placed = try await fixture.installation.order(id)["dispatch"]
        #expect(placed == ["status": "pending", "attempts": 0, "next_attempt_at": nil, "last_error": nil])
        fixture.system.state.withLock {
            $0.submissions = [.unavailable(PharmacySystemFailure(.timedOut)), Self.unreachable]
        }
        for (attempt, wait, reason) in [(1, 1, "timed_out"), (2, 2, "connection_failed")] {
            let next = try #require(try await fixture.dispatch())
            #expect(next == fixture.time.now() + .seconds(wait))
            let dispatch = try #require(try await fixture.installation.order(id)["dispatch"])
            #expect(
                dispatch == [
                    "status": "pending", "attempts": JSON(attempt), "next_attempt_at": JSON(next),
                    "last_error": .string(reason),
                ])
            fixture.time.advance(by: .seconds(wait))
        }
        #expect(try await fixture.dispatch() == nil)
        #expect(
            try await fixture.installation.order(id)["dispatch"]
                == ["status": "accepted", "attempts": 3, "next_attempt_at": nil, "last_error": nil])
    }

    @Test("What the pharmacy refuses has failed, with its reason")
    func refused() async throws {
        let fixture = try await Fixture()
        let id = try await fixture.place()
        fixture.system.state.withLock { $0.submissions = [.refused(reason: "No such prescriber.")] }
        #expect(try await fixture.dispatch() == nil)
        let order = try await fixture.installation.order(id)
        #expect(order["status"] == "failed")
        #expect(order["status_history"]?.elements?.last?["reason"] == "No such prescriber.")
        #expect(order["dispatch"]?["status"] == "refused")
    }

    @Test("An order that never reached the pharmacy has failed after a day, without a word to it")
    func tooOld() async throws {
        let fixture = try await Fixture()
        let id = try await fixture.place()
        fixture.system.state.withLock { $0.submissions = [Self.unreachable] }
        _ = try await fixture.dispatch()
        fixture.time.advance(by: ServiceLimits.dispatchAge)
        #expect(try await fixture.dispatch() == nil)
        let order = try await fixture.installation.order(id)
        #expect(order["status"] == "failed")
        #expect(order["dispatch"]?["status"] == "refused")
        #expect(fixture.system.state.withLock(\.submitted.count) == 1)
        #expect(fixture.system.state.withLock(\.cancelled).isEmpty)
    }

    @Test(
        "One that the pharmacy may have is asked back first, and fails only when the pharmacy agrees",
        arguments: [
            (CancellationResult.agreed, "failed", "refused"), (.tooLate, "pending", "accepted"),
            (.unavailable(PharmacySystemFailure(.timedOut)), "pending", "pending"),
        ])
    func askedBack(answer: CancellationResult, status: String, dispatch: String) async throws {
        let fixture = try await Fixture()
        let id = try await fixture.place()
        // The later failure does not make the earlier one certain.
        fixture.system.state.withLock {
            $0.submissions = [Self.timedOut, Self.unreachable]
            $0.cancellations = [answer]
        }
        _ = try await fixture.dispatch()
        fixture.time.advance(by: .seconds(1))
        _ = try await fixture.dispatch()
        fixture.time.advance(by: ServiceLimits.dispatchAge)
        _ = try await fixture.dispatch()
        let order = try await fixture.installation.order(id)
        #expect(order["status"]?.text == status)
        #expect(order["dispatch"]?["status"]?.text == dispatch)
        #expect(fixture.system.state.withLock(\.cancelled) == [id])
        #expect(fixture.system.state.withLock(\.submitted.count) == 2)
    }

    @Test("A try that a crash cut off counts as one that may have arrived")
    func crash() async throws {
        let fixture = try await Fixture()
        let id = try await fixture.place()
        let now = fixture.time.now()
        // Claimed, and never heard of again.
        let claimed = try await fixture.installation.environment.store.systemWrite(.claims) {
            try $0.claimDispatches(limit: 1, at: now, leaseExpiresAt: now + .seconds(60))
        }
        #expect(claimed.map(\.order) == [id])
        fixture.time.advance(by: ServiceLimits.dispatchAge)
        #expect(try await fixture.dispatch() == nil)
        #expect(fixture.system.state.withLock(\.cancelled) == [id])
        #expect(try await fixture.installation.order(id)["status"] == "failed")
    }

    // MARK: Cancelling

    @Test("An order that nobody has begun to hand over is cancelled without the pharmacy, and never handed over")
    func cancelEarly() async throws {
        let fixture = try await Fixture()
        let id = try await fixture.place()
        let order = try await fixture.cancel(id)
        #expect(order["status"] == "cancelled")
        #expect(order["dispatch"]?["status"] == "withdrawn")
        #expect(try await fixture.dispatch() == nil)
        #expect(fixture.system.state.withLock { $0.cancelled.isEmpty && $0.submitted.isEmpty })
    }

    @Test("One that the pharmacy has is cancelled when the pharmacy agrees")
    func cancelAgreed() async throws {
        let fixture = try await Fixture()
        let id = try await fixture.place()
        _ = try await fixture.dispatch()
        #expect(try await fixture.cancel(id)["status"] == "cancelled")
        #expect(fixture.system.state.withLock(\.cancelled) == [id])
        await #expect(throws: ServiceError.orderNotCancellable(.cancelled)) { _ = try await fixture.cancel(id) }
    }

    @Test("Too late is a conflict, silence is a 503, and neither changes the order")
    func cancelRefused() async throws {
        let fixture = try await Fixture()
        let id = try await fixture.place()
        _ = try await fixture.dispatch()
        let before = try await fixture.installation.order(id)
        fixture.system.state.withLock {
            $0.cancellations = [.tooLate, .unavailable(PharmacySystemFailure(.timedOut))]
        }
        await #expect(throws: ServiceError.orderNotCancellable(.pending)) { _ = try await fixture.cancel(id) }
        await #expect(throws: ServiceError.pharmacyUnavailable(retryAfter: ServiceLimits.pharmacyRetryAfter)) {
            _ = try await fixture.cancel(id)
        }
        #expect(try await fixture.installation.order(id) == before)
    }

    @Test("One that waits for its next try is asked back, and not tried again")
    func cancelWhileWaiting() async throws {
        let fixture = try await Fixture()
        let id = try await fixture.place()
        fixture.system.state.withLock { $0.submissions = [Self.timedOut] }
        _ = try await fixture.dispatch()
        #expect(try await fixture.cancel(id)["dispatch"]?["status"] == "withdrawn")
        fixture.time.advance(by: .hours(1))
        #expect(try await fixture.dispatch() == nil)
        #expect(fixture.system.state.withLock { $0.cancelled == [id] && $0.submitted == [id] })
    }
}
