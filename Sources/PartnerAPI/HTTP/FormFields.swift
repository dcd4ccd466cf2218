package import PharmacyDomain

/// The fields of a form or of a query string (WHATWG URL, `application/x-www-form-urlencoded`).
package struct FormFields: Sendable {
    /// One field, decoded.
    package struct Pair: Sendable {
        package let name: String
        /// `nil` if it is not percent-encoded UTF-8, or has more than `String.markRunLimit` combining marks in a row:
        /// comparing such texts takes time quadratic in their length.
        package let value: String?
        /// Why there is no value. It completes a sentence that begins with the field's name.
        package var problem: String {
            hasLongMarkRun
                ? "must not have more than \(String.markRunLimit) combining marks in a row."
                : "must be percent-encoded UTF-8."
        }
        /// Whether the value was dropped for its combining marks.
        fileprivate let hasLongMarkRun: Bool
    }

    /// In the order of the text, without those whose name cannot be decoded.
    package let pairs: [Pair]
    /// Whether a pair was omitted because its name cannot be decoded.
    package let hasUnreadableName: Bool
    /// The maximum number of pairs that are read.
    package let limit: Int
    /// Whether the text has more pairs than `limit`. The others were not read.
    package let hasMore: Bool

    /// The maximum number of pairs in a form. No operation has more than six form fields.
    package static let formLimit = 32
    /// The maximum number of pairs in a query. No operation has more than nine query parameters.
    package static let queryLimit = 64

    /// Reads `name=value` pairs separated by `&`.
    /// - Parameter limit: the maximum number of pairs, at least 1. Text after them is not read.
    package init(_ bytes: some Collection<UInt8>, limit: Int = formLimit) {
        var pairs: [Pair] = []
        var hasUnreadableName = false
        let parts = bytes.split(separator: UInt8(ascii: "&"), maxSplits: limit)
        self.limit = limit
        hasMore = parts.count > limit
        for part in parts.prefix(limit) {
            let halves = part.split(separator: UInt8(ascii: "="), maxSplits: 1, omittingEmptySubsequences: false)
            guard let name = PercentEncoding.decode(halves[0], plusIsSpace: true), !name.hasLongMarkRun else {
                hasUnreadableName = true
                continue
            }
            let value = halves.count == 2 ? PercentEncoding.decode(halves[1], plusIsSpace: true) : ""
            let hasLongMarkRun = value?.hasLongMarkRun ?? false
            pairs.append(Pair(name: name, value: hasLongMarkRun ? nil : value, hasLongMarkRun: hasLongMarkRun))
        }
        self.pairs = pairs
        self.hasUnreadableName = hasUnreadableName
    }

    /// The fields as a JSON object of strings, as if the body had been sent as JSON.
    ///
    /// RFC 6749 §3.2 forbids repeated parameters. A repeated field becomes an array, so that reading it as a string
    /// fails.
    /// - Throws: every field that cannot be decoded, or the limit that the form exceeds.
    package func object() throws(ValidationErrors) -> JSON {
        guard !hasMore else { throw ValidationErrors("body", "body must have at most \(limit) fields.") }
        var problems = ValidationErrors()
        var members: [JSON.Member] = []
        if hasUnreadableName { problems.add("body", "body must be percent-encoded UTF-8.") }
        for pair in pairs {
            guard let value = pair.value else {
                problems.add(pair.name, "\(pair.name) \(pair.problem)")
                continue
            }
            if let index = members.firstIndex(where: { $0.name.hasSameBytes(as: pair.name) }) {
                members[index].value = .array(
                    (members[index].value.elements ?? [members[index].value]) + [.string(value)])
            } else {
                members.append(JSON.Member(pair.name, .string(value)))
            }
        }
        try problems.throwIfAny()
        return .object(members)
    }
}
