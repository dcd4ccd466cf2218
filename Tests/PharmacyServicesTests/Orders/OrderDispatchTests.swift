import PharmacyDomain
import PharmacyServices
import PharmacyStore
import PharmacyTestSupport
import Synchronization
import Testing

@Suite("Handing orders to the pharmacy")
struct OrderDispatchTests {
    /// A sandbox whose pharmacy says what the test says.
    private struct Setting {
        let time = ManualTime()
        let system: ScriptedPharmacySystem
        let installation: TestInstallation

        init() async throws {
            system = ScriptedPharmacySystem(time: time)
            installation = try await TestInstallation(pharmacySystem: system, time: time)
        }

        var dispatcher: OrderDispatcher {
            OrderDispatcher(
                environment: installation.environment, systems: installation.systems, bells: installation.bells,
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

    private static let timedOut = PharmacyAnswer.unavailable(PharmacySystemFailure(.timedOut))
    private static let unreachable = PharmacyAnswer.unavailable(PharmacySystemFailure(.connectionFailed))

    @Test("What is not reached is tried again after 1, 2, 4 … seconds, and the order tells of it")
    func backoff() async throws {
        let setting = try await Setting()
        let id = try await setting.place()
        let placed = try await setting.installation.order(id)["dispatch"]
        #expect(placed == ["status": "pending", "attempts": 0, "next_attempt_at": nil, "last_error": nil])
        setting.system.state.withLock {
            $0.submissions = [.unavailable(PharmacySystemFailure(.timedOut)), Self.unreachable]
        }
        for (attempt, wait, reason) in [(1, 1, "timed_out"), (2, 2, "connection_failed")] {
            let next = try #require(try await setting.dispatch())
            #expect(next == setting.time.now() + .seconds(wait))
            let dispatch = try #require(try await setting.installation.order(id)["dispatch"])
            #expect(
                dispatch == [
                    "status": "pending", "attempts": JSON(attempt), "next_attempt_at": JSON(next),
                    "last_error": .string(reason),
                ])
            setting.time.advance(by: .seconds(wait))
        }
        #expect(try await setting.dispatch() == nil)
        #expect(
            try await setting.installation.order(id)["dispatch"]
                == ["status": "accepted", "attempts": 3, "next_attempt_at": nil, "last_error": nil])
    }

    @Test("What the pharmacy refuses has failed, with its reason")
    func refused() async throws {
        let setting = try await Setting()
        let id = try await setting.place()
        setting.system.state.withLock { $0.submissions = [.refused(reason: "No such prescriber.")] }
        #expect(try await setting.dispatch() == nil)
        let order = try await setting.installation.order(id)
        #expect(order["status"] == "failed")
        #expect(order["status_history"]?.elements?.last?["reason"] == "No such prescriber.")
        #expect(order["dispatch"]?["status"] == "refused")
    }

    @Test("An order that never reached the pharmacy has failed after a day, without a word to it")
    func tooOld() async throws {
        let setting = try await Setting()
        let id = try await setting.place()
        setting.system.state.withLock { $0.submissions = [Self.unreachable] }
        _ = try await setting.dispatch()
        setting.time.advance(by: ServiceLimits.dispatchAge)
        #expect(try await setting.dispatch() == nil)
        let order = try await setting.installation.order(id)
        #expect(order["status"] == "failed")
        #expect(order["dispatch"]?["status"] == "refused")
        #expect(setting.system.state.withLock(\.submitted.count) == 1)
        #expect(setting.system.state.withLock(\.cancelled).isEmpty)
    }

    @Test(
        "One that the pharmacy may have is asked back first, and fails only when the pharmacy agrees",
        arguments: [
            (CancellationAnswer.agreed, "failed", "refused"), (.tooLate, "pending", "accepted"),
            (.unavailable(PharmacySystemFailure(.timedOut)), "pending", "pending"),
        ])
    func askedBack(answer: CancellationAnswer, status: String, dispatch: String) async throws {
        let setting = try await Setting()
        let id = try await setting.place()
        // The later failure does not make the earlier one certain.
        setting.system.state.withLock {
            $0.submissions = [Self.timedOut, Self.unreachable]
            $0.cancellations = [answer]
        }
        _ = try await setting.dispatch()
        setting.time.advance(by: .seconds(1))
        _ = try await setting.dispatch()
        setting.time.advance(by: ServiceLimits.dispatchAge)
        _ = try await setting.dispatch()
        let order = try await setting.installation.order(id)
        #expect(order["status"]?.text == status)
        #expect(order["dispatch"]?["status"]?.text == dispatch)
        #expect(setting.system.state.withLock(\.cancelled) == [id])
        #expect(setting.system.state.withLock(\.submitted.count) == 2)
    }

    @Test("A try that a crash cut off counts as one that may have arrived")
    func crash() async throws {
        let setting = try await Setting()
        let id = try await setting.place()
        let now = setting.time.now()
        // Claimed, and never heard of again.
        let claimed = try await setting.installation.environment.store.systemWrite(.claims) {
            try $0.claimDispatches(limit: 1, at: now, leaseEnds: now + .seconds(60))
        }
        #expect(claimed.map(\.order) == [id])
        setting.time.advance(by: ServiceLimits.dispatchAge)
        #expect(try await setting.dispatch() == nil)
        #expect(setting.system.state.withLock(\.cancelled) == [id])
        #expect(try await setting.installation.order(id)["status"] == "failed")
    }

    // MARK: Cancelling

    @Test("An order that nobody has begun to hand over is cancelled without the pharmacy, and never handed over")
    func cancelEarly() async throws {
        let setting = try await Setting()
        let id = try await setting.place()
        let order = try await setting.cancel(id)
        #expect(order["status"] == "cancelled")
        #expect(order["dispatch"]?["status"] == "withdrawn")
        #expect(try await setting.dispatch() == nil)
        #expect(setting.system.state.withLock { $0.cancelled.isEmpty && $0.submitted.isEmpty })
    }

    @Test("One that the pharmacy has is cancelled when the pharmacy agrees")
    func cancelAgreed() async throws {
        let setting = try await Setting()
        let id = try await setting.place()
        _ = try await setting.dispatch()
        #expect(try await setting.cancel(id)["status"] == "cancelled")
        #expect(setting.system.state.withLock(\.cancelled) == [id])
        await #expect(throws: ServiceError.orderNotCancellable(.cancelled)) { _ = try await setting.cancel(id) }
    }

    @Test("Too late is a conflict, silence is a 503, and neither changes the order")
    func cancelRefused() async throws {
        let setting = try await Setting()
        let id = try await setting.place()
        _ = try await setting.dispatch()
        let before = try await setting.installation.order(id)
        setting.system.state.withLock {
            $0.cancellations = [.tooLate, .unavailable(PharmacySystemFailure(.timedOut))]
        }
        await #expect(throws: ServiceError.orderNotCancellable(.pending)) { _ = try await setting.cancel(id) }
        await #expect(throws: ServiceError.pharmacyUnavailable(retryAfter: ServiceLimits.pharmacyRetryAfter)) {
            _ = try await setting.cancel(id)
        }
        #expect(try await setting.installation.order(id) == before)
    }

    @Test("One that waits for its next try is asked back, and not tried again")
    func cancelWhileWaiting() async throws {
        let setting = try await Setting()
        let id = try await setting.place()
        setting.system.state.withLock { $0.submissions = [Self.timedOut] }
        _ = try await setting.dispatch()
        #expect(try await setting.cancel(id)["dispatch"]?["status"] == "withdrawn")
        setting.time.advance(by: .hours(1))
        #expect(try await setting.dispatch() == nil)
        #expect(setting.system.state.withLock { $0.cancelled == [id] && $0.submitted == [id] })
    }
}
