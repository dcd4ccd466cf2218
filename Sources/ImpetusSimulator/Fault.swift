import PharmacyDomain

/// A failure that a test requests.
struct Fault: Hashable, Sendable {
    enum Kind: Hashable, Sendable {
        /// Responds with this status and without effect, optionally with `Retry-After`.
        case status(Int, retryAfter: Int?)
        /// Responds after this many milliseconds.
        case latency(Int)
        /// Closes the connection without effect.
        case closeBefore
        /// Takes effect, then closes the connection without a response.
        case closeAfter
        /// Never responds, and takes no effect.
        case hangBefore
        /// Takes effect, then never responds.
        case hangAfter
        /// Takes effect, sends half of the response, and closes the connection.
        case halfResponse
        /// Takes effect, and sends a response without end.
        case endlessResponse
        /// Takes effect, and responds with this text as JSON.
        case body(String)
    }

    /// `nil`: every operation.
    let operation: SimulatedOperation?
    let kind: Kind
    /// The number of requests that it affects; `nil`: all.
    var times: Int?

    /// Reads `{"operation"?, "kind", "times"?, …}`; `nil` for anything else.
    init?(_ json: JSON) {
        if let name = json["operation"], !name.isNull {
            guard let operation = name.text.flatMap(SimulatedOperation.init(rawValue:)) else { return nil }
            self.operation = operation
        } else {
            operation = nil
        }
        times = json["times"]?.wholeNumber.map(Int.init)
        switch json["kind"]?.text {
        case "status":
            guard let status = json["status"]?.wholeNumber, (200...599).contains(status) else { return nil }
            kind = .status(Int(status), retryAfter: json["retry_after"]?.wholeNumber.map(Int.init))
        case "latency":
            guard let span = json["milliseconds"]?.wholeNumber, (0...600_000).contains(span) else { return nil }
            kind = .latency(Int(span))
        case "close_before": kind = .closeBefore
        case "close_after": kind = .closeAfter
        case "hang_before": kind = .hangBefore
        case "hang_after": kind = .hangAfter
        case "half_answer": kind = .halfResponse
        case "endless_answer": kind = .endlessResponse
        case "body":
            guard let body = json["body"] else { return nil }
            kind = .body(body.text ?? String(decoding: body.bytes, as: UTF8.self))
        default: return nil
        }
    }
}
