package import PharmacyDomain
internal import PharmacyStore

/// Why a verb failed: all that its caller may know.
package enum ServiceError: Error, Hashable, Sendable {
    /// The request's content is invalid; names all invalid fields (422).
    case invalid(ValidationErrors)
    /// The resource does not exist or is another tenant's; the two are not distinguished (404).
    case notFound
    /// The bearer token, or the setup token, is missing, unknown, expired or revoked (401).
    case unauthenticated
    /// The client id or the client secret is wrong; the two are not distinguished (401 `invalid_client`).
    case invalidClient
    /// The refresh token is unknown, expired, used or revoked (401 `invalid_grant`).
    case invalidGrant
    /// The credential does not have all requested scopes (400 `invalid_scope`).
    case scopeNotGranted
    /// The new credential would have more scopes than the one that creates it (403 `insufficient_scope`).
    case scopeExceeded
    /// The order can no longer be cancelled (409 `order_not_cancellable`).
    case orderNotCancellable(OrderStatus)
    /// The order can no longer be changed (409 `order_not_changeable`).
    case orderNotChangeable(OrderStatus)
    /// The order is on its way to the pharmacy at this moment: it can be changed before and after (409 `order_not_changeable`).
    case orderBeingDispatched
    /// The order cannot be filled again (409 `refill_not_allowed`).
    case refillNotAllowed(Order.RefillRefusal)
    /// The sandbox order cannot change to the requested status (409 `status_not_reachable`).
    case statusNotReachable(from: OrderStatus, to: OrderStatus)
    /// The price differs from the one that the partner expects (409 `price_changed`).
    case priceChanged(expected: Price, current: Price)
    /// The delivery is still in progress (409 `delivery_pending`).
    case deliveryPending
    /// Continuing from the cursor would miss items (410 `cursor_expired`).
    case cursorExpired
    /// The resource is no longer the one that the caller has read (412 `precondition_failed`).
    case preconditionFailed
    /// The idempotency key was used with another body (422 `idempotency_key_reused`).
    case idempotencyKeyReused
    /// The first request with this idempotency key is not finished (409 `idempotency_in_progress`).
    case idempotencyInProgress
    /// The pharmacy's system does not respond (503 `pharmacy_unavailable`).
    case pharmacyUnavailable(retryAfter: Duration)
    /// The store is unavailable or overloaded (503 `storage_unavailable`).
    case storageUnavailable(retryAfter: Duration)
}

extension ServiceError {
    /// The error for a caller where the store failed temporarily, so that the request may be repeated. `nil` for any other error,
    /// such as an unreadable record.
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
