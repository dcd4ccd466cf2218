package import PharmacyDomain
import PharmacyServices

/// Reads the parameters of a query and collects every problem, as `FieldReader` does for a body.
///
/// Unknown parameters and empty values are problems. Otherwise a list whose filter is misspelled, or has lost its
/// value, would return every item.
package struct QueryReader: Sendable {
    /// The values of the declared parameters that were sent and can be decoded.
    private var values: [String: String] = [:]
    /// The declared parameters that were sent, whether or not they can be decoded.
    private var sent: Set<String> = []
    package private(set) var problems = ValidationErrors()

    /// - Parameters:
    ///   - query: the text after the `?`, percent-encoded.
    ///   - declared: the names of the operation's query parameters.
    package init(_ query: String?, declared: [String]) {
        guard let query, !query.isEmpty else { return }
        let form = FormFields(query.utf8, limit: FormFields.queryLimit)
        if form.hasMore { problems.add("query", "The query must have at most \(form.limit) parameters.") }
        if form.hasUnreadableName { problems.add("query", "Parameter names must be percent-encoded UTF-8.") }
        var counts: [String: Int] = [:]
        for pair in form.pairs {
            counts[pair.name, default: 0] += 1
            switch counts[pair.name] {
            case 1: declared.contains(pair.name) ? accept(pair) : rejectUnknown(pair.name, declared: declared)
            // Frameworks differ in which of several values they use, so a proxy and this server could read different
            // requests. Repeated parameters are therefore refused.
            case 2 where sent.contains(pair.name):
                values[pair.name] = nil
                problems.add(pair.name, "\(pair.name) must appear only once.")
            default: break
            }
        }
    }

    /// Stores the value of a declared parameter.
    private mutating func accept(_ pair: FormFields.Pair) {
        sent.insert(pair.name)
        guard let value = pair.value else {
            problems.add(pair.name, "\(pair.name) \(pair.problem)")
            return
        }
        guard !value.trimmed.isEmpty else {
            problems.add(pair.name, "\(pair.name) must not be empty. Leave it out instead.")
            return
        }
        values[pair.name] = value
    }

    /// Adds a problem for an unknown parameter. The sentence does not quote the name, which may contain anything.
    private mutating func rejectUnknown(_ name: String, declared: [String]) {
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

    /// Whether a declared parameter was sent, even if it cannot be decoded.
    package func isGiven(_ name: String) -> Bool { sent.contains(name) }

    /// Adds a problem that only the combination with other parameters shows.
    package mutating func reject(_ name: String, _ sentence: String) { problems.add(name, sentence) }

    /// Throws every problem at once. Call it after all parameters are read.
    package func finish() throws(ValidationErrors) {
        try problems.throwIfAny()
    }

    /// The decoded value; `nil` if it is absent or already has a problem.
    private func value(_ name: String) -> String? { values[name] }

    /// A parameter that `parse` reads.
    /// - Parameter sentence: the problem to report if `parse` returns `nil`.
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

    /// Text in Normalization Form C, trimmed, without control characters; `nil` if it is absent.
    /// - Parameter maximum: the maximum number of characters before trimming, see `String.hasAtMost(characters:)`.
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

    /// `true`, `false`, `1` or `0`; `false` if it is absent.
    package mutating func flag(_ name: String) -> Bool {
        parsed(name, "\(name) must be true or false.") { text -> Bool? in
            switch text {
            case "true", "1": true
            case "false", "0": false
            default: nil
            }
        } ?? false
    }

    /// A whole number in `range`, written as `2` or `2.0`.
    package mutating func integer(_ name: String, in range: ClosedRange<Int>) -> Int? {
        parsed(name, "\(name) must be a whole number from \(range.lowerBound) to \(range.upperBound).") { text in
            let parts = text.utf8.split(separator: UInt8(ascii: "."), maxSplits: 1, omittingEmptySubsequences: false)
            if parts.count == 2 {
                guard !parts[1].isEmpty, parts[1].allSatisfy({ $0 == UInt8(ascii: "0") }) else { return nil }
            }
            return parts.first.flatMap(ASCIIDigits.number).flatMap { range.contains($0) ? $0 : nil }
        }
    }

    /// A time in ISO 8601 with an offset. A space is read as `+`, because a `+` that was not percent-encoded decodes to
    /// a space.
    package mutating func timestamp(_ name: String) -> Timestamp? { time(name, Timestamp.init) }

    /// The inclusive upper bound of a range of time. A time without a fraction includes its whole second, because
    /// responses show times in whole seconds.
    package mutating func upperBound(_ name: String) -> Timestamp? { time(name, Timestamp.upperBound) }

    /// A time that `read` parses.
    private mutating func time(_ name: String, _ read: (String) -> Timestamp?) -> Timestamp? {
        parsed(name, "\(name) must be a time in ISO 8601 with an offset, like 2025-12-22T17:15:01+00:00.") {
            text in
            let bytes = text.utf8.map { $0 == UInt8(ascii: " ") ? UInt8(ascii: "+") : $0 }
            return read(String(decoding: bytes, as: UTF8.self))
        }
    }

    /// A UUID.
    package mutating func identifier<Thing>(_ name: String) -> Identifier<Thing>? {
        guard let text = value(name) else { return nil }
        let identifier = Identifier<Thing>(text)
        if identifier == nil { problems.add(name, "\(name) must be a UUID.") }
        return identifier
    }

    /// One of an enumeration's raw values.
    package mutating func choice<Choice: RawRepresentable<String> & CaseIterable>(_ name: String) -> Choice? {
        let names = Choice.allCases.map(\.rawValue).joined(separator: ", ")
        return parsed(name, "\(name) must be one of \(names).", parse: Choice.init(rawValue:))
    }

    /// `page` and `per_page`, or their defaults.
    package mutating func page(perPage: Int = PageRequest.defaultPerPage) -> PageRequest {
        let page = integer("page", in: 1...PageRequest.maximumPage)
        return PageRequest(page: page ?? 1, perPage: integer("per_page", in: 1...PageRequest.maximumPerPage) ?? perPage)
    }

    /// `page` or `cursor`, and `per_page`, of a list that has cursors.
    package mutating func listPage() -> PageRequest {
        let numbered = page()
        let cursor = parsed("cursor", "cursor must be a next_cursor of this list.", parse: ListCursor.init)
        if isGiven("cursor"), isGiven("page") {
            reject("cursor", "cursor cannot be combined with page. Leave page out to continue from a cursor.")
        }
        return cursor.map { PageRequest(after: $0, perPage: numbered.perPage) } ?? numbered
    }
}
