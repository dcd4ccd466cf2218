internal import Synchronization

/// What a transaction is for.
package enum StoreAccess: String, CaseIterable, Sendable {
    case read
    case write
}

/// Hears how the store fares: of each failure of its own, and of successes while one of them lasts.
package protocol StoreObserver: Sendable {
    /// The store failed; no record and no caller is to blame.
    func failed(_ fault: StoreFault, _ access: StoreAccess)

    /// A transaction has succeeded.
    /// - Returns: whether further successes are to be told.
    func succeeded(_ access: StoreAccess) -> Bool
}

/// Tells the observer what becomes of transactions. While all is well that costs the look at one flag.
final class StoreOutcomes: Sendable {
    private let observer = Mutex<(any StoreObserver)?>(nil)
    private let isFailing = Atomic(false)

    func report(to observer: any StoreObserver) { self.observer.withLock { $0 = observer } }

    func noting<Value>(_ access: StoreAccess, _ work: () async throws -> Value) async throws -> Value {
        do {
            let value = try await work()
            if isFailing.load(ordering: .relaxed) {
                observer.withLock { observer in
                    isFailing.store(observer?.succeeded(access) ?? false, ordering: .relaxed)
                }
            }
            return value
        } catch {
            if let fault = (error as? StoreError)?.fault {
                // The flag changes under the lock, so that no failure is forgotten for a success of before.
                observer.withLock { observer in
                    observer?.failed(fault, access)
                    isFailing.store(observer != nil, ordering: .relaxed)
                }
            }
            throw error
        }
    }
}
