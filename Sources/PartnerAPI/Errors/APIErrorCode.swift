package import HTTPTypes

/// Every machine code that an error of the API can carry in its `code` member.
package enum APIErrorCode: String, CaseIterable, Sendable {
    case badRequest = "bad_request"
    case malformedJSON = "malformed_json"
    case malformedCSV = "malformed_csv"
    case unsupportedGrantType = "unsupported_grant_type"
    case invalidScope = "invalid_scope"
    case unauthenticated
    case invalidClient = "invalid_client"
    case invalidGrant = "invalid_grant"
    case insufficientScope = "insufficient_scope"
    case notFound = "not_found"
    case tenantNotFound = "tenant_not_found"
    case methodNotAllowed = "method_not_allowed"
    case idempotencyInProgress = "idempotency_in_progress"
    case orderNotCancellable = "order_not_cancellable"
    case orderNotChangeable = "order_not_changeable"
    case refillNotAllowed = "refill_not_allowed"
    case priceChanged = "price_changed"
    case statusNotReachable = "status_not_reachable"
    case deliveryPending = "delivery_pending"
    case cursorExpired = "cursor_expired"
    case preconditionFailed = "precondition_failed"
    case bodyTooLarge = "body_too_large"
    case uriTooLong = "uri_too_long"
    case unsupportedMediaType = "unsupported_media_type"
    case validationFailed = "validation_failed"
    case prescriberRequired = "prescriber_required"
    case idempotencyKeyReused = "idempotency_key_reused"
    case credentialLimitReached = "credential_limit_reached"
    case endpointLimitReached = "endpoint_limit_reached"
    case rateLimited = "rate_limited"
    case headerFieldsTooLarge = "header_fields_too_large"
    case internalError = "internal_error"
    case notImplemented = "not_implemented"
    case pharmacyUnavailable = "pharmacy_unavailable"
    case storageUnavailable = "storage_unavailable"
    case httpVersionNotSupported = "http_version_not_supported"

    /// The HTTP status of every response with the code.
    package var status: HTTPResponse.Status {
        switch self {
        case .badRequest, .malformedJSON, .malformedCSV, .unsupportedGrantType, .invalidScope: .badRequest
        case .unauthenticated, .invalidClient, .invalidGrant: .unauthorized
        case .insufficientScope: .forbidden
        case .notFound, .tenantNotFound: .notFound
        case .methodNotAllowed: .methodNotAllowed
        case .idempotencyInProgress, .orderNotCancellable, .orderNotChangeable, .refillNotAllowed, .priceChanged,
            .statusNotReachable, .deliveryPending:
            .conflict
        case .cursorExpired: .gone
        case .preconditionFailed: .preconditionFailed
        case .bodyTooLarge: .contentTooLarge
        case .uriTooLong: .uriTooLong
        case .unsupportedMediaType: .unsupportedMediaType
        case .validationFailed, .prescriberRequired, .idempotencyKeyReused, .credentialLimitReached,
            .endpointLimitReached:
            .unprocessableContent
        case .rateLimited: .tooManyRequests
        case .headerFieldsTooLarge: .requestHeaderFieldsTooLarge
        case .internalError: .internalServerError
        case .notImplemented: .notImplemented
        case .pharmacyUnavailable, .storageUnavailable: .serviceUnavailable
        case .httpVersionNotSupported: .httpVersionNotSupported
        }
    }

    /// The default `message` of an error.
    package var message: String {
        switch self {
        case .badRequest: "The request could not be understood. Compare it with the example of the operation."
        case .malformedJSON: "The body is not valid JSON."
        case .malformedCSV: "The body is not valid CSV."
        case .unsupportedGrantType: "The grant_type must be client_credentials or refresh_token."
        case .invalidScope: "The credential does not have all requested scopes."
        case .unauthenticated: "Authentication failed. Send a valid token as Authorization: Bearer."
        case .invalidClient: "The client id or the client secret is wrong."
        case .invalidGrant: "The refresh token is not valid. Obtain new tokens with the client id and secret."
        case .insufficientScope: "The credential does not have the scope that the request requires."
        case .notFound: "Not found."
        case .tenantNotFound: "Tenant not found. Check the spelling of its name in the path."
        case .methodNotAllowed: "Method not allowed for this path."
        case .idempotencyInProgress:
            "A request with this Idempotency-Key is still in progress. Retry after the time in the Retry-After header."
        case .orderNotCancellable: "The order can no longer be cancelled."
        case .orderNotChangeable: "The order can no longer be changed."
        case .refillNotAllowed: "The order cannot be filled again."
        case .priceChanged: "The price differs from expected_price."
        case .statusNotReachable: "The order cannot change from its current status to the requested status."
        case .deliveryPending: "The delivery is still in progress. Redeliver it when it has succeeded or failed."
        case .cursorExpired: "The cursor has expired. Start again without it, and skip what you have processed."
        case .preconditionFailed: "The resource has changed since you read it. Read it again, and repeat your change."
        case .bodyTooLarge: "The body is larger than 1 MiB."
        case .uriTooLong: "The request line is longer than 16 KiB."
        case .unsupportedMediaType: "The body must be JSON, sent as application/json."
        case .validationFailed: "The request is not valid."
        case .prescriberRequired: "A controlled substance needs a prescriber with a DEA number."
        case .idempotencyKeyReused: "This Idempotency-Key was used with another body. Use a new key for a new request."
        case .credentialLimitReached: "The tenant has 20 active credentials already. Revoke one first."
        case .endpointLimitReached: "The tenant has 20 registered webhook endpoints already. Delete one first."
        case .rateLimited: "Too many requests. Retry after the time in the Retry-After header."
        case .headerFieldsTooLarge: "The header fields exceed 32 KiB in total, or there are more than 100. Send fewer."
        case .internalError:
            "Something went wrong on our side. If it persists, send the request_id to your integration contact."
        case .notImplemented: "The server does not support an HTTP feature that the request uses."
        case .pharmacyUnavailable:
            "The pharmacy's system is not responding. Retry after the time in the Retry-After header."
        case .storageUnavailable:
            "The service is overloaded or its storage is unavailable. Retry after the time in the Retry-After header."
        case .httpVersionNotSupported: "HTTP version not supported. Use HTTP/1.1, or HTTP/2 over TLS."
        }
    }

    /// The `error` member that a token endpoint adds (RFC 6749 §5.2, and §4.1.2.1 for failures of the server).
    package var oauthError: String {
        switch self {
        case .unsupportedGrantType: "unsupported_grant_type"
        case .invalidScope: "invalid_scope"
        case .unauthenticated, .invalidClient: "invalid_client"
        case .invalidGrant: "invalid_grant"
        case .rateLimited, .pharmacyUnavailable, .storageUnavailable: "temporarily_unavailable"
        case .internalError: "server_error"
        default: "invalid_request"
        }
    }
}
