/// An error that is the recorded outcome of an earlier request with the same idempotency key.
package struct ReplayedError: Error, Hashable, Sendable {
    package let error: ServiceError

    package init(_ error: ServiceError) {
        self.error = error
    }
}
