package import PharmacyDomain
import PharmacyServices

/// Reads the parameters of one query into values and collects every problem on the way, as `FieldReader` does for a
/// body. A parameter that the operation does not declare is a problem, and so is one without a value: a filter that was
/// misspelt, or lost its value on the way, must never mean everything.
package struct QueryReader: Sendable {
    /// What was sent of the declared parameters and can be read.
    private var values: [String: String] = [:]
    /// The declared parameters that were sent, whether or not they can be read.
    private var given: Set<String> = []
    /// What is wrong so far.
    package private(set) var problems = ValidationErrors()

    /// - Parameters:
    ///   - query: what follows the `?`, still encoded.
    ///   - declared: the names of the parameters that the operation has.
    package init(_ query: String?, declared: [String]) {
        guard let query, !query.isEmpty else { return }
        let form = FormFields(query.utf8, limit: FormFields.queryLimit)
        if form.hasMore { problems.add("query", "The query must have at most \(form.limit) parameters.") }
        if form.hasUnreadableName { problems.add("query", "The names of parameters must be percent-encoded UTF-8.") }
        var counts: [String: Int] = [:]
        for pair in form.pairs {
            counts[pair.name, default: 0] += 1
            switch counts[pair.name] {
            case 1: declared.contains(pair.name) ? take(pair) : refuse(pair.name, declared: declared)
            // Which of several counts differs from framework to framework, so that a proxy and this server could read two
            // different requests: none counts.
            case 2 where given.contains(pair.name):
                values[pair.name] = nil
                problems.add(pair.name, "\(pair.name) must be given once.")
            default: break
            }
        }
    }

    /// Keeps the value of a declared parameter.
    private mutating func take(_ pair: FormFields.Pair) {
        given.insert(pair.name)
        guard let value = pair.value else {
            problems.add(pair.name, "\(pair.name) \(pair.fault)")
            return
        }
        guard !value.trimmed.isEmpty else {
            problems.add(pair.name, "\(pair.name) must not be empty. Leave it out instead.")
            return
        }
        values[pair.name] = value
    }

    /// Says that there is no such parameter. The sentence does not repeat the name, which may hold anything.
    private mutating func refuse(_ name: String, declared: [String]) {
        let sentence =
            if let nearest = NearestName.of(name, among: declared) {
                "Unknown query parameter. Did you mean `\(nearest)`?"
            } else if declared.isEmpty {
                "Unknown query parameter. This endpoint accepts none."
            } else {
                "Unknown query parameter. This endpoint accepts \(declared.joined(separator: ", "))."
            }
        let characters = name.unicodeScalars
        let isLong = characters.count > NearestName.lengthLimit
        let shown = isLong ? String(String.UnicodeScalarView(characters.prefix(NearestName.lengthLimit))) + "…" : name
        problems.add(name.isEmpty ? "query" : shown, sentence)
    }

    /// Whether a declared parameter was sent, readable or not.
    package func isGiven(_ name: String) -> Bool { given.contains(name) }

    /// Adds a problem of a parameter that only shows beside others.
    package mutating func reject(_ name: String, _ sentence: String) { problems.add(name, sentence) }

    /// Throws every problem at once; called when all parameters are read.
    package func finish() throws(ValidationErrors) {
        try problems.throwIfAny()
    }

    /// The parameter as it was sent; `nil` where it is absent, or wrong in a way that was told already.
    private func value(_ name: String) -> String? { values[name] }

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

    /// Text in Normalization Form C, without white space around it and without control characters; `nil` where it is
    /// absent.
    /// - Parameter maximum: the most characters before trimming, see `String.hasAtMost(characters:)`: nobody pads what is
    ///   searched for.
    package mutating func text(_ name: String, maximum: Int) -> String? {
        guard let value = value(name) else { return nil }
        guard value.normalized.hasAtMost(characters: maximum) else {
            problems.add(name, "\(name) must be at most \(maximum) characters.")
            return nil
        }
        let text = value.trimmed.normalized
        if let fault = text.controlCharacter(allowingLines: false) {
            problems.add(name, "\(name) must not contain control characters: it has \(fault.description).")
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
    package mutating func timestamp(_ name: String) -> Timestamp? { moment(name, Timestamp.init) }

    /// The last moment of a range, read as `timestamp`. What it is compared with is shown in whole seconds: without a
    /// fraction it covers its whole second.
    package mutating func upperBound(_ name: String) -> Timestamp? { moment(name, Timestamp.upperBound) }

    /// A moment as `read` understands it.
    private mutating func moment(_ name: String, _ read: (String) -> Timestamp?) -> Timestamp? {
        parsed(name, "\(name) must be a time in ISO 8601 with an offset, like 2025-12-22T17:15:01+00:00.") { text in
            let bytes = text.utf8.map { $0 == UInt8(ascii: " ") ? UInt8(ascii: "+") : $0 }
            return read(String(decoding: bytes, as: UTF8.self))
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

    /// `page` or `cursor`, and `per_page`, of a list that can be walked by cursors.
    package mutating func listPage() -> PageRequest {
        let numbered = page()
        let cursor = parsed("cursor", "cursor must be a next_cursor of this list.", parse: ListCursor.init)
        if isGiven("cursor"), isGiven("page") {
            reject("cursor", "cursor cannot be combined with page. Leave page out to continue from a cursor.")
        }
        return cursor.map { PageRequest(after: $0, perPage: numbered.perPage) } ?? numbered
    }

    /// `page` of a list whose pages are all of one size.
    package mutating func page(fixedPerPage: Int) -> PageRequest {
        PageRequest(page: integer("page", in: 1...PageRequest.maximumPage) ?? 1, perPage: fixedPerPage)
    }
}
