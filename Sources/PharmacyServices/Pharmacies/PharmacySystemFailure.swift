internal import PharmacyDomain

/// The system does not answer, or not as it should.
package struct PharmacySystemFailure: Error, Hashable, Sendable {
    /// Named on orders that wait (`dispatch.last_error`).
    package enum Reason: String, CaseIterable, Sendable {
        /// No pharmacy system is configured.
        case notConfigured = "not_configured"
        /// Too many failures lately; it is not asked for a while.
        case circuitOpen = "circuit_open"
        /// The tenant has as many calls in flight as its share of the connections; this one was not made.
        case overloaded
        /// No connection could be made.
        case connectionFailed = "connection_failed"
        /// The connection was lost before a whole answer.
        case connectionLost = "connection_lost"
        case timedOut = "timed_out"
        /// The system refused our token.
        case unauthorized
        /// The system says that it is busy or broken (429 and 5xx).
        case serverError = "server_error"
        /// The answer is not what was agreed on.
        case invalidResponse = "invalid_response"
        /// Something of our own failed.
        case internalError = "internal_error"
    }

    package let reason: Reason
    /// What has led to it, for the operator's log; two failures for the same reason are the same failure.
    package let cause: String?

    package init(_ reason: Reason, cause: String? = nil) {
        self.reason = reason
        self.cause = cause
    }

    package static func == (one: PharmacySystemFailure, other: PharmacySystemFailure) -> Bool {
        one.reason == other.reason
    }

    package func hash(into hasher: inout Hasher) { hasher.combine(reason) }

    /// The reason in words, with what to look at, for the operator's log.
    package var words: String {
        let said =
            switch reason {
            case .notConfigured: "no pharmacy system is configured (UP_IMPETUS_URL)"
            case .circuitOpen: "too many requests have failed lately"
            case .overloaded: "too many requests of one partner are waiting for it"
            case .connectionFailed: "no connection comes about: look at UP_IMPETUS_URL and whether the system runs"
            case .connectionLost: "the connection was lost before a whole response: look at the network"
            case .timedOut: "it does not respond in time: look at its load and the network"
            case .unauthorized: "it refuses the token: look at UP_IMPETUS_TOKEN"
            case .serverError: "it reports that it is busy or broken: look at its log"
            case .invalidResponse: "its response is not what was agreed on: look at Documentation/impetus.md"
            case .internalError: "something on this side failed"
            }
        return cause.map { "\(said) (\($0))" } ?? said
    }

    /// Whether what was asked may have taken effect all the same.
    package var mayHaveTakenEffect: Bool {
        switch reason {
        case .notConfigured, .circuitOpen, .overloaded, .connectionFailed, .unauthorized: false
        case .connectionLost, .timedOut, .serverError, .invalidResponse, .internalError: true
        }
    }
}
