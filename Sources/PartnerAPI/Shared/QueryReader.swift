package import PharmacyDomain

/// Reads the parameters of one query into values and collects every problem on the way, as `FieldReader` does for a
/// body; parameters that nobody asks for are ignored.
package struct QueryReader: Sendable {
    /// What was sent.
    private let pairs: [FormPairs.Pair]
    /// What is wrong so far.
    package private(set) var problems = Problems()

    /// - Parameter query: what follows the `?`, still encoded.
    package init(_ query: String?) {
        let form = FormPairs((query ?? "").utf8, limit: FormPairs.queryLimit)
        self.pairs = form.pairs
        if form.hasMore { problems.add("query", "The query must have at most \(form.limit) parameters.") }
    }

    /// Throws every problem at once; called when all parameters are read.
    package func finish() throws(Problems) {
        try problems.throwIfAny()
    }

    /// The parameter as it was sent; `nil` where it is absent.
    private mutating func value(_ name: String) -> String? {
        let found = pairs.filter { $0.name == name }
        guard let pair = found.first else { return nil }
        // Which of several counts differs from framework to framework, so that a proxy and this server could read two
        // different requests: none counts.
        guard found.count == 1 else {
            problems.add(name, "\(name) must be given once.")
            return nil
        }
        guard let value = pair.value else {
            problems.add(name, "\(name) must be percent-encoded UTF-8.")
            return nil
        }
        return value
    }

    /// A parameter that `parse` understands; `sentence` says what it should have been.
    package mutating func parsed<Value>(
        _ name: String, _ sentence: @autoclosure () -> String, parse: (String) -> Value?
    ) -> Value? {
        guard let text = value(name) else { return nil }
        guard let value = parse(text) else {
            problems.add(name, sentence())
            return nil
        }
        return value
    }

    /// Text without white space around it and without control characters; `nil` where it is absent or blank.
    /// - Parameter maximum: the most Unicode characters, before trimming: nobody pads what is searched for.
    package mutating func text(_ name: String, maximum: Int) -> String? {
        guard let value = value(name) else { return nil }
        guard value.unicodeScalars.count <= maximum else {
            problems.add(name, "\(name) must be at most \(maximum) characters.")
            return nil
        }
        let text = value.trimmed
        guard !text.isEmpty else { return nil }
        guard !text.hasControlCharacters(allowingLines: false) else {
            problems.add(name, "\(name) must not contain control characters.")
            return nil
        }
        return text
    }

    /// `true`, `false`, `1` or `0`; `false` where it is absent.
    package mutating func flag(_ name: String) -> Bool {
        parsed(name, "\(name) must be true or false.") { text -> Bool? in
            switch text {
            case "true", "1": true
            case "false", "0": false
            default: nil
            }
        } ?? false
    }

    /// A whole number within `range`, written as `2` or `2.0`.
    package mutating func integer(_ name: String, in range: ClosedRange<Int>) -> Int? {
        parsed(name, "\(name) must be a whole number from \(range.lowerBound) to \(range.upperBound).") { text in
            let parts = text.utf8.split(separator: UInt8(ascii: "."), maxSplits: 1, omittingEmptySubsequences: false)
            if parts.count == 2 {
                guard !parts[1].isEmpty, parts[1].allSatisfy({ $0 == UInt8(ascii: "0") }) else { return nil }
            }
            return parts.first.flatMap(ASCIIDigits.number).flatMap { range.contains($0) ? $0 : nil }
        }
    }

    /// A moment in ISO 8601 with an offset. A space in it is taken for the `+` of an offset that was not encoded.
    package mutating func timestamp(_ name: String) -> Timestamp? {
        parsed(name, "\(name) must be a time in ISO 8601 with an offset, like 2025-12-22T17:15:01+00:00.") { text in
            let bytes = text.utf8.map { $0 == UInt8(ascii: " ") ? UInt8(ascii: "+") : $0 }
            return Timestamp(String(decoding: bytes, as: UTF8.self))
        }
    }

    /// The identifier of one thing.
    package mutating func identifier<Thing>(_ name: String) -> Identifier<Thing>? {
        guard let text = value(name) else { return nil }
        let identifier = Identifier<Thing>(text)
        if identifier == nil { problems.add(name, "\(name) must be a uuid.") }
        return identifier
    }

    /// One of an enumeration's raw values.
    package mutating func choice<Choice: RawRepresentable<String> & CaseIterable>(_ name: String) -> Choice? {
        let names = Choice.allCases.map(\.rawValue).joined(separator: ", ")
        return parsed(name, "\(name) must be one of \(names).", parse: Choice.init(rawValue:))
    }

    /// `page` and `per_page`, or the defaults.
    package mutating func page() -> PageRequest {
        let page = integer("page", in: 1...PageRequest.maximumPage)
        let perPage = integer("per_page", in: 1...PageRequest.maximumPerPage)
        return PageRequest(page: page ?? 1, perPage: perPage ?? PageRequest.defaultPerPage)
    }

    /// `page` of a list whose pages are all of one size.
    package mutating func page(fixedPerPage: Int) -> PageRequest {
        PageRequest(page: integer("page", in: 1...PageRequest.maximumPage) ?? 1, perPage: fixedPerPage)
    }
}
