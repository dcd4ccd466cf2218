package import PharmacyDomain

/// The name and value pairs of a form or a query (WHATWG URL, `application/x-www-form-urlencoded`).
package struct FormPairs: Sendable {
    /// One pair; its value is `nil` where it could not be decoded.
    package struct Pair: Hashable, Sendable {
        /// The decoded name.
        package let name: String
        /// The decoded value.
        package let value: String?
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
            guard let name = PercentEncoding.decode(halves[0], plusIsSpace: true) else {
                hasUnreadableName = true
                continue
            }
            let value = halves.count == 2 ? PercentEncoding.decode(halves[1], plusIsSpace: true) : ""
            pairs.append(Pair(name: name, value: value))
        }
        self.pairs = pairs
        self.hasUnreadableName = hasUnreadableName
    }

    /// The pairs as an object of strings, the form a body has when it is sent as JSON. One that stands twice, which RFC
    /// 6749 §3.2 forbids, is an array, so that whoever asks for it finds no string.
    /// - Throws: every pair that cannot be decoded, or that there are too many.
    package func object() throws(Problems) -> JSON {
        guard !hasMore else { throw Problems("body", "body must have at most \(limit) fields.") }
        var problems = Problems()
        var members: [JSON.Member] = []
        if hasUnreadableName { problems.add("body", "body must be percent-encoded UTF-8.") }
        for pair in pairs {
            guard let value = pair.value else {
                problems.add(pair.name, "\(pair.name) must be percent-encoded UTF-8.")
                continue
            }
            if let index = members.firstIndex(where: { $0.name == pair.name }) {
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
