import PharmacyDomain

/// Something that goes wrong on purpose.
struct Fault: Hashable, Sendable {
    enum Kind: Hashable, Sendable {
        /// Answers that status without taking effect, with `Retry-After` where one is given.
        case status(Int, retryAfter: Int?)
        /// Answers later, so many milliseconds.
        case latency(Int)
        /// Closes the connection before taking effect.
        case closeBefore
        /// Takes effect, then closes the connection without an answer.
        case closeAfter
        /// Never answers; takes no effect.
        case hangBefore
        /// Takes effect, then never answers.
        case hangAfter
        /// Takes effect, sends half of the answer, and closes the connection.
        case halfAnswer
        /// Takes effect, and never stops answering.
        case endlessAnswer
        /// Takes effect, and answers these bytes as JSON.
        case body(String)
    }

    /// `nil`: of every operation.
    let operation: SimulatedOperation?
    let kind: Kind
    /// How often it happens; `nil`: always.
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
        case "half_answer": kind = .halfAnswer
        case "endless_answer": kind = .endlessAnswer
        case "body":
            guard let body = json["body"] else { return nil }
            kind = .body(body.text ?? String(decoding: body.bytes, as: UTF8.self))
        default: return nil
        }
    }
}
