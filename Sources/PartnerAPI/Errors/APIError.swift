package import HTTPTypes
package import PharmacyDomain
package import PharmacyServices

/// An error response of the API. Every other error is converted to one before it is sent.
package struct APIError: Error, Sendable {
    /// The machine code, which determines the status.
    package let code: APIErrorCode
    /// A sentence for people.
    package let message: String
    /// The problems of a 422, by field.
    package let problems: ValidationErrors?
    /// Members besides the common ones.
    package let members: [JSON.Member]
    package let headers: HTTPFields

    /// - Parameter message: the code's own if it is `nil`.
    package init(
        _ code: APIErrorCode, message: String? = nil, problems: ValidationErrors? = nil, members: [JSON.Member] = [],
        headers: HTTPFields = [:]
    ) {
        self.code = code
        self.message = message ?? code.message
        self.problems = problems
        self.members = members
        self.headers = headers
    }

    /// A 422 that lists every problem; its message is the first of them.
    package init(_ problems: ValidationErrors) {
        let sentences = problems.fields.flatMap(\.sentences)
        let others = sentences.count - 1 + problems.omitted
        let more = others > 0 ? " (and \(others) more)" : ""
        let code = problems.code.flatMap(APIErrorCode.init(rawValue:)) ?? .validationFailed
        self.init(code, message: sentences.first.map { $0 + more }, problems: problems)
    }

    /// A 503 with `Retry-After`.
    private init(_ code: APIErrorCode, retryAfter: Duration) {
        self.init(code, headers: [.retryAfter: String(max(1, retryAfter.wholeSecondsUp))])
    }

    /// The error response for a service's failure.
    package init(service error: ServiceError) {
        switch error {
        case .invalid(let problems): self.init(problems)
        case .notFound: self.init(.notFound)
        case .unauthenticated: self.init(.unauthenticated)
        case .invalidClient: self.init(.invalidClient)
        case .invalidGrant: self.init(.invalidGrant)
        case .scopeNotGranted: self.init(.invalidScope)
        case .scopeExceeded:
            self.init(.insufficientScope, message: "A credential cannot create one that has more scopes than itself.")
        case .orderNotCancellable(let status):
            self.init(.orderNotCancellable, message: "The order is \(status.rawValue) and can no longer be cancelled.")
        case .orderNotChangeable(let status):
            self.init(.orderNotChangeable, message: "The order is \(status.rawValue) and can no longer be changed.")
        case .orderBeingDispatched:
            self.init(
                .orderNotChangeable,
                message: "The order is on its way to the pharmacy. Repeat the request after a moment.",
                headers: [.retryAfter: "1"])
        case .refillNotAllowed(let refusal):
            self.init(.refillNotAllowed, message: refusal.sentence)
        case .statusNotReachable(let from, let to):
            self.init(
                .statusNotReachable, message: "The order is \(from.rawValue) and cannot become \(to.rawValue).")
        case .priceChanged(let expected, let current):
            self.init(
                .priceChanged, message: "The current price is \(current), not \(expected).",
                members: [
                    JSON.Member("expected_price", .string(expected.description)),
                    JSON.Member("current_price", .string(current.description)),
                ])
        case .deliveryPending: self.init(.deliveryPending)
        case .cursorExpired: self.init(.cursorExpired)
        case .preconditionFailed: self.init(.preconditionFailed)
        case .idempotencyKeyReused:
            let problems = ValidationErrors("Idempotency-Key", APIErrorCode.idempotencyKeyReused.message)
            self.init(.idempotencyKeyReused, problems: problems)
        case .idempotencyInProgress: self.init(.idempotencyInProgress, headers: [.retryAfter: "1"])
        case .pharmacyUnavailable(let retryAfter): self.init(.pharmacyUnavailable, retryAfter: retryAfter)
        case .storageUnavailable(let retryAfter): self.init(.storageUnavailable, retryAfter: retryAfter)
        }
    }

    /// The body of the response.
    /// - Parameters:
    ///   - requestID: the id that the logs have too.
    ///   - publicURL: the URL of the hub, which explains the error codes; without a slash at the end.
    ///   - isOAuth: whether the members of RFC 6749 §5.2 are added.
    package func body(requestID: String, publicURL: String, isOAuth: Bool) -> JSON {
        var body: [JSON.Member] = [
            JSON.Member("message", .string(message)),
            JSON.Member("code", .string(code.rawValue)),
            JSON.Member("request_id", .string(requestID)),
            JSON.Member("doc_url", .string("\(publicURL)/docs/errors#\(code.rawValue)")),
        ]
        if let problems {
            let fields = problems.fields.map { JSON.Member($0.name, .array($0.sentences.map(JSON.string))) }
            body.append(JSON.Member("errors", .object(fields)))
        }
        body += members
        if isOAuth {
            body.append(JSON.Member("error", .string(code.oauthError)))
            body.append(JSON.Member("error_description", .string(message)))
        }
        return .object(body)
    }
}

extension Duration {
    /// Whole seconds, rounded up, for header fields.
    package var wholeSecondsUp: Int64 {
        components.seconds + (components.attoseconds > 0 ? 1 : 0)
    }
}

extension Order.RefillRefusal {
    fileprivate var sentence: String {
        switch self {
        case .ended: "The order was cancelled or has failed, and cannot be filled again."
        case .notAuthorized: "The order authorizes no refills."
        case .usedUp: "All refills that the order authorizes were ordered."
        }
    }
}
