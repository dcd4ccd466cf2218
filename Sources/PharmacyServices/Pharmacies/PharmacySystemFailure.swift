internal import PharmacyDomain

/// The system does not respond, or not as it should.
package struct PharmacySystemFailure: LoggableError, Hashable, Sendable {
    /// The raw value is `dispatch.last_error` of orders that wait.
    package enum Reason: String, CaseIterable, Sendable {
        /// No pharmacy system is configured.
        case notConfigured = "not_configured"
        /// Too many requests have failed lately. No request is made for a while.
        case circuitOpen = "circuit_open"
        /// The tenant has as many requests in flight as its share of the connections allows. This one was not made.
        case overloaded
        /// No connection could be made.
        case connectionFailed = "connection_failed"
        /// The connection was lost before the whole response.
        case connectionLost = "connection_lost"
        case timedOut = "timed_out"
        /// The system refused our token.
        case unauthorized
        /// The system reports that it is busy or broken (429 and 5xx).
        case serverError = "server_error"
        /// The response is not in the agreed form.
        case invalidResponse = "invalid_response"
        /// Something on this side failed.
        case internalError = "internal_error"
    }

    package let reason: Reason
    /// The cause, for the operator's log. It does not count in a comparison of failures.
    package let cause: String?

    package init(_ reason: Reason, cause: String? = nil) {
        self.reason = reason
        self.cause = cause
    }

    package static func == (one: PharmacySystemFailure, other: PharmacySystemFailure) -> Bool {
        one.reason == other.reason
    }

    package func hash(into hasher: inout Hasher) { hasher.combine(reason) }

    /// The reason and what to check, for the operator's log.
    package var words: String {
        let reason =
            switch reason {
            case .notConfigured: "no pharmacy system is configured (UP_IMPETUS_URL)"
            case .circuitOpen: "too many requests have failed lately; requests resume by themselves"
            case .overloaded: "one partner has as many requests in flight as it may"
            case .connectionFailed: "it does not accept connections: check UP_IMPETUS_URL and whether the system runs"
            case .connectionLost: "the connection was lost before the whole response: check the network"
            case .timedOut: "it does not respond in time: check its load and the network"
            case .unauthorized: "it refuses the token: check UP_IMPETUS_TOKEN"
            case .serverError: "it reports that it is busy or broken: check its log"
            case .invalidResponse: "its response is not as Documentation/impetus.md describes"
            case .internalError: "something on this side failed"
            }
        return cause.map { "\(reason) (\($0))" } ?? reason
    }

    /// Whether the request may have taken effect nevertheless.
    package var mayHaveTakenEffect: Bool {
        switch reason {
        case .notConfigured, .circuitOpen, .overloaded, .connectionFailed, .unauthorized: false
        case .connectionLost, .timedOut, .serverError, .invalidResponse, .internalError: true
        }
    }
}
