internal import Synchronization

/// Notifies the observer of the results of transactions. While none fails that costs reading one flag.
package final class StoreOutcomes: Sendable {
    private let observer = Mutex<(any StoreObserver)?>(nil)
    private let isFailing = Atomic(false)

    func report(to observer: any StoreObserver) { self.observer.withLock { $0 = observer } }

    func noting<Value>(_ access: StoreAccess, _ work: () async throws -> Value) async throws -> Value {
        do {
            let value = try await work()
            noteSuccess(access)
            return value
        } catch {
            noteFailure(error, access)
            throw error
        }
    }

    func noteSuccess(_ access: StoreAccess) {
        guard isFailing.load(ordering: .relaxed) else { return }
        observer.withLock { observer in
            isFailing.store(observer?.succeeded(access) ?? false, ordering: .relaxed)
        }
    }

    func noteFailure(_ error: any Error, _ access: StoreAccess) {
        guard let fault = (error as? StoreError)?.fault else { return }
        // The flag changes under the lock, so that an earlier success cannot reset it.
        observer.withLock { observer in
            observer?.failed(fault, access)
            isFailing.store(observer != nil, ordering: .relaxed)
        }
    }
}
