import HTTPTypes
package import PharmacyDomain

/// All errors that an operation can answer with one status: a component of the document, which operations with the same
/// errors share.
package struct ErrorResponse: Hashable, Sendable {
    /// In the order of the enumeration; at least one, and all of one status.
    package let codes: [APIErrorCode]
    /// Whether the errors have the members of RFC 6749 §5.2.
    package let isOAuth: Bool

    /// Errors of one status.
    package init(codes: [APIErrorCode], isOAuth: Bool) {
        self.codes = codes
        self.isOAuth = isOAuth
    }

    /// The component's name.
    package var name: String {
        codes.map(\.rawValue).joined(separator: ".") + (isOAuth ? ".oauth" : "")
    }

    /// The status of all codes.
    var status: HTTPResponse.Status { codes.first?.status ?? .internalServerError }

    /// The shape of the body.
    package var schema: Schema {
        if status == .unprocessableContent {
            return .reference(isOAuth ? "OAuthValidationError" : "ValidationError")
        }
        if isOAuth { return .reference("OAuthError") }
        return .reference(codes.contains(.priceChanged) ? "PriceChangedError" : "Error")
    }

    /// Header fields beyond those of every answer.
    package var headers: [ResponseHeader] {
        switch status {
        // The one error that is recorded for an idempotency key.
        case .conflict where codes.contains(.priceChanged): [.retryAfter, .idempotentReplayed]
        case .unauthorized, .forbidden: [.authenticate]
        case .methodNotAllowed: [.allow]
        case .conflict, .tooManyRequests, .serviceUnavailable: [.retryAfter]
        default: []
        }
    }

    /// The component.
    package var json: JSON {
        let examples = codes.map { JSON.Member($0.rawValue, ["value": example($0)]) }
        return [
            "description": .string(codes.map { "`\($0.rawValue)`: \($0.message)" }.joined(separator: " ")),
            "headers": ResponseHeader.references(ResponseHeader.common + headers),
            "content": [
                "application/json": ["schema": schema.json, "examples": .object(examples)]
            ],
        ]
    }

    /// An error of the code as it is sent.
    package func example(_ code: APIErrorCode) -> JSON {
        ErrorResponse.error(code).body(
            requestID: "0f8fad5b-d9cb-469f-a165-70867728950e", publicURL: "https://api.yourcompany.com",
            isOAuth: isOAuth)
    }

    /// The error of the code, with what it needs to be complete.
    private static func error(_ code: APIErrorCode) -> APIError {
        switch code {
        case .validationFailed: APIError(ValidationErrors("email", "email must be an e-mail address: it has no @."))
        case .idempotencyKeyReused: APIError(code, problems: ValidationErrors("Idempotency-Key", code.message))
        case .credentialLimitReached: APIError(code, problems: ValidationErrors("name", code.message))
        case .priceChanged:
            APIError(
                code, message: "The price is 192.50 now, not 188.00.",
                members: [JSON.Member("expected_price", "188.00"), JSON.Member("current_price", "192.50")])
        default: APIError(code)
        }
    }
}
