import PharmacyDomain
import PharmacyServices
import PharmacyStore
import PharmacyTestSupport
import Synchronization
import Testing

@Suite("Dispatching orders to the pharmacy", .timeLimit(.minutes(3)))
struct OrderDispatchTests {
    /// A sandbox whose pharmacy the test controls.
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

        /// Dispatches the orders that are due now.
        func dispatch() async throws -> Timestamp? { try await dispatcher.dispatchDue() }

        func cancel(_ id: OrderID) async throws -> JSON {
            try await installation.orders.cancel(id, reason: "Twice", tenant: installation.tenant).json
        }
    }

    private static let timedOut = PharmacyResult.unavailable(PharmacySystemFailure(.timedOut))
    private static let unreachable = PharmacyResult.unavailable(PharmacySystemFailure(.connectionFailed))

    @Test("If the pharmacy cannot be reached, attempts follow after 1, 2, 4 … seconds, and the order shows them")
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

    @Test("An order that the pharmacy refuses has failed, with the reason")
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

    @Test("An order that never reached the pharmacy has failed after a day, without a request to cancel it")
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
        "An order that the pharmacy may have fails only when the pharmacy agrees to cancel it",
        arguments: [
            (PharmacyConsent.agreed, "failed", "refused"), (.tooLate, "pending", "accepted"),
            (.unavailable(PharmacySystemFailure(.timedOut)), "pending", "pending"),
        ])
    func cancelledAtPharmacy(result: PharmacyConsent, status: String, dispatch: String) async throws {
        let fixture = try await Fixture()
        let id = try await fixture.place()
        // The later failure does not make the earlier one certain.
        fixture.system.state.withLock {
            $0.submissions = [Self.timedOut, Self.unreachable]
            $0.cancellations = [result]
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

    @Test("An attempt that a crash interrupted counts as one that may have arrived")
    func crash() async throws {
        let fixture = try await Fixture()
        let id = try await fixture.place()
        let now = fixture.time.now()
        // A claim without a result.
        let claimed = try await fixture.installation.environment.store.systemWrite(.claims) {
            try $0.claimDispatches(limit: 1, at: now, leaseExpiresAt: now + .seconds(60))
        }
        #expect(claimed.map(\.order) == [id])
        fixture.time.advance(by: ServiceLimits.dispatchAge)
        #expect(try await fixture.dispatch() == nil)
        #expect(fixture.system.state.withLock(\.cancelled) == [id])
        #expect(try await fixture.installation.order(id)["status"] == "failed")
    }

    @Test("A pharmacy that refuses the patient of an order that it may have must agree to cancel the order first")
    func patientRefused() async throws {
        let fixture = try await Fixture()
        let id = try await fixture.place()
        fixture.system.state.withLock {
            $0.submissions = [Self.timedOut]
            $0.patients = [.accepted, .refused(reason: "Unknown state."), .refused(reason: "Unknown state.")]
            $0.cancellations = [.unavailable(PharmacySystemFailure(.timedOut)), .agreed]
        }
        for wait in [1, 2] {
            _ = try await fixture.dispatch()
            fixture.time.advance(by: .seconds(wait))
            #expect(try await fixture.installation.order(id)["status"] == "pending")
        }
        #expect(try await fixture.dispatch() == nil)
        let order = try await fixture.installation.order(id)
        #expect(order["status"] == "failed")
        #expect(order["status_history"]?.elements?.last?["reason"] == "Unknown state.")
        #expect(fixture.system.state.withLock { $0.cancelled == [id, id] && $0.submitted == [id] })
    }

    @Test("A patient whose submission failed does not count as an order that may have arrived")
    func patientUnavailable() async throws {
        let fixture = try await Fixture()
        let id = try await fixture.place()
        fixture.system.state.withLock { $0.patients = [Self.timedOut] }
        _ = try await fixture.dispatch()
        fixture.time.advance(by: ServiceLimits.dispatchAge)
        #expect(try await fixture.dispatch() == nil)
        #expect(try await fixture.installation.order(id)["status"] == "failed")
        #expect(fixture.system.state.withLock { $0.cancelled.isEmpty && $0.submitted.isEmpty })
    }

    @Test("A patient's synchronization is recorded when its status changes: the pharmacy may be sent the patient often")
    func synchronization() async throws {
        let fixture = try await Fixture()
        let installation = fixture.installation
        let order = try await installation.order()
        let patientID = try #require(order["patient_id"]?.text.flatMap(PatientID.init))
        func patient() async throws -> Patient {
            let found = try await installation.environment.store.read(installation.tenant.id) {
                try $0.patient(patientID)
            }
            return try #require(found)
        }
        func dispatchAnother() async throws {
            fixture.time.advance(by: .seconds(60))
            _ = try await installation.place(order)
            _ = try await fixture.dispatch()
        }
        try await dispatchAnother()
        let first = try await patient()
        #expect(first.sync == .synced(at: fixture.time.now()))
        try await dispatchAnother()
        #expect(try await patient() == first)

        fixture.system.state.withLock { $0.patients = [Self.timedOut] }
        try await dispatchAnother()
        let failed = try await patient()
        #expect(failed.sync == .failed(message: "The pharmacy system does not answer."))
        fixture.time.advance(by: .seconds(1))
        _ = try await fixture.dispatch()
        #expect(try await patient().sync == .synced(at: fixture.time.now()))
        await installation.close()
    }

    // MARK: Cancelling

    @Test("An order that no worker has claimed is canceled without the pharmacy, and never submitted")
    func cancelEarly() async throws {
        let fixture = try await Fixture()
        let id = try await fixture.place()
        let order = try await fixture.cancel(id)
        #expect(order["status"] == "cancelled")
        #expect(order["dispatch"]?["status"] == "withdrawn")
        #expect(try await fixture.dispatch() == nil)
        #expect(fixture.system.state.withLock { $0.cancelled.isEmpty && $0.submitted.isEmpty })
    }

    @Test("An order that the pharmacy has is canceled when the pharmacy agrees")
    func cancelAgreed() async throws {
        let fixture = try await Fixture()
        let id = try await fixture.place()
        _ = try await fixture.dispatch()
        #expect(try await fixture.cancel(id)["status"] == "cancelled")
        #expect(fixture.system.state.withLock(\.cancelled) == [id])
        await #expect(throws: ServiceError.orderNotCancellable(.cancelled)) { _ = try await fixture.cancel(id) }
    }

    @Test("A cancellation that is too late is a conflict, no response is a 503, and neither changes the order")
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

    @Test("An order that waits for its next attempt is canceled at the pharmacy, and not attempted again")
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
