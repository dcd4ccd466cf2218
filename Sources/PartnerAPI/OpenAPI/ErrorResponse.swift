import HTTPTypes
package import PharmacyDomain

/// All errors that an operation can return with one status. It is a component of the document; operations with the same
/// errors share it.
package struct ErrorResponse: Hashable, Sendable {
    /// At least one, all with the same status, in the order of the enumeration.
    package let codes: [APIErrorCode]
    /// Whether the errors have the additional members of RFC 6749 §5.2.
    package let isOAuth: Bool

    package init(codes: [APIErrorCode], isOAuth: Bool) {
        self.codes = codes
        self.isOAuth = isOAuth
    }

    /// The name of the component.
    package var name: String {
        codes.map(\.rawValue).joined(separator: ".") + (isOAuth ? ".oauth" : "")
    }

    var status: HTTPResponse.Status { codes.first?.status ?? .internalServerError }

    package var schema: Schema {
        if status == .unprocessableContent {
            return .reference(isOAuth ? "OAuthValidationError" : "ValidationError")
        }
        if isOAuth { return .reference("OAuthError") }
        return .reference(codes.contains(.priceChanged) ? "PriceChangedError" : "Error")
    }

    /// Header fields besides those of every response.
    package var headers: [ResponseHeader] {
        switch status {
        // The only error that is stored for an idempotency key.
        case .conflict where codes.contains(.priceChanged): [.retryAfter, .idempotentReplayed]
        case .unauthorized, .forbidden: [.authenticate]
        case .methodNotAllowed: [.allow]
        case .conflict, .tooManyRequests, .serviceUnavailable: [.retryAfter]
        default: []
        }
    }

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

    /// An example body of the code.
    package func example(_ code: APIErrorCode) -> JSON {
        ErrorResponse.error(code).body(
            requestID: "0f8fad5b-d9cb-469f-a165-70867728950e", publicURL: OpenAPIDocument.productionURL,
            isOAuth: isOAuth)
    }

    /// An example error of the code, with the members that the code requires.
    private static func error(_ code: APIErrorCode) -> APIError {
        switch code {
        case .validationFailed: APIError(ValidationErrors("email", "email must be an e-mail address: it has no @."))
        case .idempotencyKeyReused: APIError(code, problems: ValidationErrors("Idempotency-Key", code.message))
        case .prescriberRequired: APIError(code, problems: ValidationErrors("prescriber", code.message))
        case .credentialLimitReached: APIError(code, problems: ValidationErrors("name", code.message))
        case .endpointLimitReached: APIError(code, problems: ValidationErrors("endpoints", code.message))
        case .priceChanged:
            APIError(
                code, message: "The current price is 192.50, not 188.00.",
                members: [JSON.Member("expected_price", "188.00"), JSON.Member("current_price", "192.50")])
        default: APIError(code)
        }
    }
}
