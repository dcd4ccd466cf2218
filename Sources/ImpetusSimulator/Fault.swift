import PharmacyDomain

/// What the simulated system is asked to do: the operations of `Documentation/impetus.md`.
enum SimulatedOperation: String, CaseIterable, Sendable {
    case pharmacies
    case catalogue
    case patient
    case submit
    case cancel
    case reports
}

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

/// What `PUT /simulator/faults` sets, all at once.
struct Faults: Hashable, Sendable {
    var faults: [Fault] = []
    /// How often each report is sent.
    var copies = 1
    /// Whether reports are kept back until there are several, and sent the last one first.
    var areReversed = false
    /// Whether no report is sent.
    var areLost = false
    /// Prices, of the list's.
    var pricePercent = 100

    init() {}

    /// Reads `{"faults"?: […], "callbacks"?: {"copies"?, "reversed"?, "lost"?}, "price_percent"?}`.
    init?(_ json: JSON) {
        let read = (json["faults"]?.elements ?? []).map(Fault.init)
        faults = read.compactMap(\.self)
        guard faults.count == read.count else { return nil }
        copies = json["callbacks"]?["copies"]?.wholeNumber.map(Int.init) ?? 1
        areReversed = json["callbacks"]?["reversed"] == true
        areLost = json["callbacks"]?["lost"] == true
        pricePercent = json["price_percent"]?.wholeNumber.map(Int.init) ?? 100
        guard (0...10).contains(copies), (1...10_000).contains(pricePercent) else { return nil }
    }

    /// What happens to the next request for an operation; one that happens a number of times is used up.
    mutating func next(for operation: SimulatedOperation) -> Fault.Kind? {
        guard let index = faults.firstIndex(where: { ($0.operation ?? operation) == operation && $0.times != 0 })
        else { return nil }
        if let times = faults[index].times { faults[index].times = times - 1 }
        return faults[index].kind
    }
}
