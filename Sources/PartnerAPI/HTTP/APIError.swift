package import HTTPTypes
import Hummingbird
import NIOCore
package import PharmacyDomain
package import PharmacyServices

/// An error as a client may see it: the only kind that leaves the API.
package struct APIError: Error, Sendable {
    /// The machine code, which settles the status.
    package let code: APIErrorCode
    /// A sentence for people.
    package let message: String
    /// What is wrong, by field, where the code tells of fields.
    package let problems: ValidationErrors?
    /// Members beside the common ones.
    package let members: [JSON.Member]
    /// Header fields of the answer.
    package let headers: HTTPFields

    /// An error of the code; its default message unless another is given.
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

    /// A 503 that says when to come back.
    private init(_ code: APIErrorCode, retryAfter: Duration) {
        self.init(code, headers: [.retryAfter: String(max(1, retryAfter.wholeSecondsUp))])
    }

    /// What a client may be told of a verb's failure.
    package init(service error: ServiceError) {
        switch error {
        case .invalid(let problems): self.init(problems)
        case .notFound: self.init(.notFound)
        case .unauthenticated: self.init(.unauthenticated)
        case .invalidClient: self.init(.invalidClient)
        case .invalidGrant: self.init(.invalidGrant)
        case .scopeNotGranted: self.init(.invalidScope)
        case .scopeExceeded:
            self.init(.insufficientScope, message: "A credential cannot create one that may do more than itself.")
        case .orderNotCancellable(let status):
            self.init(.orderNotCancellable, message: "The order is \(status.rawValue) and can no longer be cancelled.")
        case .statusNotReachable(let from, let to):
            self.init(
                .statusNotReachable, message: "The order is \(from.rawValue) and cannot become \(to.rawValue).")
        case .priceChanged(let expected, let current):
            self.init(
                .priceChanged, message: "The price is \(current) now, not \(expected).",
                members: [
                    JSON.Member("expected_price", .string(expected.description)),
                    JSON.Member("current_price", .string(current.description)),
                ])
        case .deliveryPending: self.init(.deliveryPending)
        case .cursorExpired: self.init(.cursorExpired)
        case .idempotencyKeyReused:
            let problems = ValidationErrors("Idempotency-Key", APIErrorCode.idempotencyKeyReused.message)
            self.init(.idempotencyKeyReused, problems: problems)
        case .idempotencyInProgress: self.init(.idempotencyInProgress, headers: [.retryAfter: "1"])
        case .pharmacyUnavailable(let retryAfter): self.init(.pharmacyUnavailable, retryAfter: retryAfter)
        case .storageUnavailable(let retryAfter): self.init(.storageUnavailable, retryAfter: retryAfter)
        }
    }

    /// What a client may be told of any error; `nil` for one that nobody foresaw.
    package init?(known error: any Error) {
        switch error {
        case let error as APIError: self = error
        case let refusal as RequestRefusal: self.init(refusal)
        case let error as ServiceError: self.init(service: error)
        case let replay as ReplayedError: self = APIError(service: replay.error).replayed
        case let problems as ValidationErrors: self.init(problems)
        case is NIOTooManyBytesError: self.init(.bodyTooLarge)
        case let error as any HTTPResponseError: self.init(status: error.status)
        // A failure of the store's passes, wherever it has come from; its cause is in the log.
        default:
            guard let failure = ServiceError(storage: error) else { return nil }
            self.init(service: failure)
        }
    }

    /// The same error, marked as one that was given before.
    private var replayed: APIError {
        var headers = headers
        headers[.idempotentReplayed] = "true"
        return APIError(code, message: message, problems: problems, members: members, headers: headers)
    }

    /// The framework's own errors, of which only the status is let through.
    private init?(status: HTTPResponse.Status) {
        switch status.code {
        case 404: self.init(.notFound)
        case 405: self.init(.methodNotAllowed)
        case 413: self.init(.bodyTooLarge)
        case 415: self.init(.unsupportedMediaType)
        case 429: self.init(.rateLimited)
        case 400..<500: self.init(.badRequest)
        default: return nil
        }
    }

    /// The body of the answer.
    /// - Parameters:
    ///   - requestID: the id that stands in the logs too.
    ///   - publicURL: where the hub's page of error codes is, without a slash at the end.
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
    /// Whole seconds, rounded up: what headers that name a wait carry.
    package var wholeSecondsUp: Int64 {
        components.seconds + (components.attoseconds > 0 ? 1 : 0)
    }
}
