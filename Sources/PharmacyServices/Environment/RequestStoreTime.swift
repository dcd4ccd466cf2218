internal import PharmacyStore

/// The total time that a request may wait for the store, for all its transactions together.
package enum RequestStoreTime {
    /// Runs a request with a limit of its own.
    package static func limited<Value>(_ request: () async throws -> Value) async rethrows -> Value {
        try await StoreWaitingTime.$current.withValue(StoreWaitingTime()) { try await request() }
    }
}
