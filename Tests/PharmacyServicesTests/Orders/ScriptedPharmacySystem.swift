import PharmacyDomain
import PharmacyServices
import PharmacyStore
import PharmacyTestSupport
import Synchronization

/// A pharmacy system whose answers a test says beforehand, and that keeps what it was told.
final class ScriptedPharmacySystem: PharmacySystem {
    struct State {
        var submissions: [PharmacyAnswer] = []
        var cancellations: [CancellationAnswer] = []
        var reports: [OrderID: [Order.Report]] = [:]
        var submitted: [OrderID] = []
        var cancelled: [OrderID] = []
        var asked: [OrderID] = []
    }

    let state = Mutex(State())
    private let time: ManualTime

    init(time: ManualTime) {
        self.time = time
    }

    func pharmacies(tenant: Tenant) async throws(PharmacySystemFailure) -> [Pharmacy] { SimulatedPharmacies.all }

    func catalogue(of pharmacy: PharmacyID, tenant: Tenant) async throws(PharmacySystemFailure) -> Catalogue? {
        SimulatedPharmacies.catalogue(of: pharmacy, at: time.now())
    }

    func putPatient(_ patient: Patient, tenant: Tenant) async -> PharmacyAnswer { .accepted }

    func submit(_ order: Order, patient: Patient, tenant: Tenant) async -> PharmacyAnswer {
        state.withLock { state in
            state.submitted.append(order.id)
            return state.submissions.isEmpty ? .accepted : state.submissions.removeFirst()
        }
    }

    func cancel(_ order: OrderID, reason: String?, tenant: Tenant) async -> CancellationAnswer {
        state.withLock { state in
            state.cancelled.append(order)
            return state.cancellations.isEmpty ? .agreed : state.cancellations.removeFirst()
        }
    }

    func reports(on order: OrderID, tenant: Tenant) async throws(PharmacySystemFailure) -> [Order.Report]? {
        state.withLock { state in
            state.asked.append(order)
            return state.reports[order]
        }
    }
}
