import PharmacyDomain
import PharmacyServices
import PharmacyStore
import PharmacyTestSupport
import Synchronization

/// A pharmacy system whose results a test sets in advance, and that records its requests.
final class ScriptedPharmacySystem: PharmacySystem {
    struct State {
        /// Results of the next requests, in their order; `accepted` if there are none left.
        var patients: [PharmacyResult] = []
        var submissions: [PharmacyResult] = []
        var cancellations: [PharmacyConsent] = []
        var amendments: [PharmacyConsent] = []
        var reports: [OrderID: [Order.Report]] = [:]
        var submitted: [OrderID] = []
        var cancelled: [OrderID] = []
        /// The orders as they were to be, with the numbers of the amendments.
        var amended: [(order: Order, number: Int)] = []
        /// Whether it reads the details of prescriptions, and to which states its pharmacies ship.
        var takesDetails = true
        var shipsToStates: [String]?
        var asked: [OrderID] = []
        /// How often a catalog was fetched.
        var fetches = 0
        var isDown = false
        /// Pharmacies that are listed as inactive, and that are not listed at all.
        var inactive: Set<PharmacyID> = []
        var unlisted: Set<PharmacyID> = []
        /// Callers that wait for `release`.
        var waiting: [CheckedContinuation<Void, Never>] = []
        var isHolding = false
        /// How long sending a patient takes, and by how much the wall clock is set meanwhile.
        var patientTakes = Duration.zero
        var clockStep = Duration.zero
        /// One for each of `submitted`.
        var fencingTokens: [Int] = []
        /// Pharmacies that respond to no submission before `releaseSubmissions`.
        var slowPharmacies: Set<PharmacyID> = []
        var waitingSubmissions: [CheckedContinuation<Void, Never>] = []
    }

    let state = Mutex(State())
    /// Every submitted order, in the order of arrival.
    let arrivals: AsyncStream<OrderID>
    private let arrived: AsyncStream<OrderID>.Continuation
    private let time: ManualClock

    init(time: ManualClock) {
        self.time = time
        (arrivals, arrived) = AsyncStream.makeStream()
    }

    func pharmacies(tenant: Tenant) async throws(PharmacySystemFailure) -> [Pharmacy] {
        let (inactive, unlisted) = state.withLock { ($0.inactive, $0.unlisted) }
        let (takesDetails, states) = state.withLock { ($0.takesDetails, $0.shipsToStates) }
        return SimulatedPharmacies.all.filter { !unlisted.contains($0.id) }.map { pharmacy in
            Pharmacy(
                id: pharmacy.id, name: pharmacy.name, slug: pharmacy.slug,
                status: inactive.contains(pharmacy.id) ? .inactive : .active, shipsToStates: states,
                takesPrescriptionDetails: takesDetails)
        }
    }

    func catalog(of pharmacy: PharmacyID, tenant: Tenant) async throws(PharmacySystemFailure) -> Catalog? {
        let asOf = time.now()
        await withCheckedContinuation { continuation in
            let mustWait = state.withLock { state in
                state.fetches += 1
                if state.isHolding { state.waiting.append(continuation) }
                return state.isHolding
            }
            if !mustWait { continuation.resume() }
        }
        if state.withLock(\.isDown) { throw PharmacySystemFailure(.timedOut) }
        return SimulatedPharmacies.catalog(of: pharmacy, at: asOf)
    }

    /// Responds to the requests for catalogs that were held back.
    func release() {
        let waiting = state.withLock { state in
            state.isHolding = false
            defer { state.waiting = [] }
            return state.waiting
        }
        for continuation in waiting { continuation.resume() }
    }

    func putPatient(_ patient: Patient, tenant: Tenant) async -> PharmacyResult {
        let (takes, step) = state.withLock { ($0.patientTakes, $0.clockStep) }
        time.advance(by: takes)
        time.setWallClock(by: step)
        return state.withLock { $0.patients.isEmpty ? .accepted : $0.patients.removeFirst() }
    }

    func submit(_ order: Order, patient: Patient, tenant: Tenant, fencingToken: Int) async -> PharmacyResult {
        await withCheckedContinuation { continuation in
            let mustWait = state.withLock { state in
                state.submitted.append(order.id)
                state.fencingTokens.append(fencingToken)
                guard state.slowPharmacies.contains(order.pharmacyID) else { return false }
                state.waitingSubmissions.append(continuation)
                return true
            }
            arrived.yield(order.id)
            if !mustWait { continuation.resume() }
        }
        return state.withLock { state in
            state.submissions.isEmpty ? .accepted : state.submissions.removeFirst()
        }
    }

    /// Responds to the submissions to slow pharmacies.
    func releaseSubmissions() {
        let waiting = state.withLock { state in
            state.slowPharmacies = []
            defer { state.waitingSubmissions = [] }
            return state.waitingSubmissions
        }
        for continuation in waiting { continuation.resume() }
    }

    func cancel(_ order: OrderID, reason: String?, tenant: Tenant) async -> PharmacyConsent {
        state.withLock { state in
            state.cancelled.append(order)
            return state.cancellations.isEmpty ? .agreed : state.cancellations.removeFirst()
        }
    }

    func amend(_ order: Order, number: Int, tenant: Tenant) async -> PharmacyConsent {
        state.withLock { state in
            state.amended.append((order, number))
            return state.amendments.isEmpty ? .agreed : state.amendments.removeFirst()
        }
    }

    func reports(on order: OrderID, tenant: Tenant) async throws(PharmacySystemFailure) -> [Order.Report]? {
        state.withLock { state in
            state.asked.append(order)
            return state.reports[order]
        }
    }
}
