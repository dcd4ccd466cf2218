package import PharmacyDomain

/// The name and value pairs of a form or a query (WHATWG URL, `application/x-www-form-urlencoded`).
package struct FormFields: Sendable {
    /// One pair; its value is `nil` where it could not be decoded, or has more combining marks in a row than
    /// `String.markRunLimit`: comparing such texts would take the square of their length.
    package struct Pair: Sendable {
        /// The decoded name.
        package let name: String
        /// The decoded value.
        package let value: String?
        /// Why there is none, as the end of a sentence that begins with the name.
        package var fault: String {
            hasLongMarkRun
                ? "must not have more than \(String.markRunLimit) combining marks in a row."
                : "must be percent-encoded UTF-8."
        }
        /// Whether the value could be decoded and has been dropped.
        fileprivate let hasLongMarkRun: Bool
    }

    /// The pairs in their order; one whose name cannot be decoded is left out.
    package let pairs: [Pair]
    /// Whether a pair was left out because its name cannot be decoded.
    package let hasUnreadableName: Bool
    /// The most pairs that are read.
    package let limit: Int
    /// Whether there are more, which were not looked at.
    package let hasMore: Bool

    /// The most pairs of a form: the longest that any operation takes has six.
    package static let formLimit = 32
    /// The most pairs of a query: the longest that any operation takes has nine.
    package static let queryLimit = 64

    /// Reads `name=value` pairs that `&` separates.
    /// - Parameter limit: the most that are read, 1 or more. What is behind them costs nothing.
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

    /// The pairs as an object of strings, the form a body has when it is sent as JSON. One that stands twice, which RFC
    /// 6749 §3.2 forbids, is an array, so that whoever asks for it finds no string.
    /// - Throws: every pair that cannot be decoded, or that there are too many.
    package func object() throws(ValidationErrors) -> JSON {
        guard !hasMore else { throw ValidationErrors("body", "body must have at most \(limit) fields.") }
        var problems = ValidationErrors()
        var members: [JSON.Member] = []
        if hasUnreadableName { problems.add("body", "body must be percent-encoded UTF-8.") }
        for pair in pairs {
            guard let value = pair.value else {
                problems.add(pair.name, "\(pair.name) \(pair.fault)")
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
