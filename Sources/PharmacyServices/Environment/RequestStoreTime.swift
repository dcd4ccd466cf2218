internal import PharmacyStore

/// The time that a request may wait for the store in all, however many transactions it makes.
package enum RequestStoreTime {
    /// Does a request.
    package static func limited<Value>(_ request: () async throws -> Value) async rethrows -> Value {
        try await StoreWaitingTime.$current.withValue(StoreWaitingTime()) { try await request() }
    }
}
