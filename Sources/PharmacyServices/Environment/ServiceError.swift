package import PharmacyDomain
internal import PharmacyStore

/// Why a verb did not do what it was asked: all that a caller may be told.
package enum ServiceError: Error, Hashable, Sendable {
    /// The request's content is wrong; names every field that is (422).
    case invalid(ValidationErrors)
    /// The thing is not there, or is another tenant's; the two are one (404).
    case notFound
    /// The bearer token, or the setup token, is missing, unknown, expired or revoked (401).
    case unauthenticated
    /// The client id or the client secret is wrong; never said which (401 `invalid_client`).
    case invalidClient
    /// The refresh token is unknown, expired, used up or revoked (401 `invalid_grant`).
    case invalidGrant
    /// The credential has not all the scopes that were asked for (400 `invalid_scope`).
    case scopeNotGranted
    /// The new credential would be allowed more than the one that makes it (403 `insufficient_scope`).
    case scopeExceeded
    /// The order is past the point where it can be cancelled (409 `order_not_cancellable`).
    case orderNotCancellable(OrderStatus)
    /// The sandbox order cannot go from where it is to the status asked for (409 `status_not_reachable`).
    case statusNotReachable(from: OrderStatus, to: OrderStatus)
    /// The price is another than the partner counts on (409 `price_changed`).
    case priceChanged(expected: Price, current: Price)
    /// The delivery is still under way (409 `delivery_pending`).
    case deliveryPending
    /// Going on from the cursor would miss events (410 `cursor_expired`).
    case cursorExpired
    /// The idempotency key was used with another body (422 `idempotency_key_reused`).
    case idempotencyKeyReused
    /// The first request with this idempotency key is not finished (409 `idempotency_in_progress`).
    case idempotencyInProgress
    /// The pharmacy's system does not answer (503 `pharmacy_unavailable`).
    case pharmacyUnavailable(retryAfter: Duration)
    /// The store cannot be reached, or too much waits for it already (503 `storage_unavailable`).
    case storageUnavailable(retryAfter: Duration)
}

extension ServiceError {
    /// What a caller may know of a failure of the store's: it passes, and the request may be repeated. `nil` for any other
    /// error, such as a record that cannot be read.
    package init?(storage error: any Error) {
        switch error {
        case StoreError.noSuchTenant, StoreError.alteredTenant: self = .notFound
        case StoreError.closed: self = .storageUnavailable(retryAfter: ServiceLimits.storageRetryAfter)
        case let error as StoreError where error.fault != nil:
            self = .storageUnavailable(retryAfter: ServiceLimits.storageRetryAfter)
        default: return nil
        }
    }
}
