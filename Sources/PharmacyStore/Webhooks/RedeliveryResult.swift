/// The result of a request to make a delivery again.
package enum RedeliveryResult: Sendable {
    case started
    /// There is no such delivery.
    case notFound
    /// The delivery is not finished.
    case pending
}
