internal import PartnerAPI
internal import PharmacyDomain

/// One member of a body, as a row of a table.
struct MemberRow: Sendable {
    let name: String
    /// The names from the outermost member to this one, with dots between them.
    let path: String
    /// How deep the member is nested, from 0.
    let depth: Int
    let type: String
    let isRequired: Bool
    /// The allowed values; empty if any is allowed.
    let values: [String]
    let description: String
    /// The limits, in words; empty if there are none.
    let limits: String
    /// The value of an omitted member, as JSON; empty if there is none.
    let defaultValue: String
    /// Set if the member will be removed.
    let deprecation: Deprecation?

    /// The deepest nesting that is shown.
    private static let depthLimit = 4

    /// The members of a schema, and those of the objects and arrays in it.
    static func rows(of schema: Schema, depth: Int = 0, path: String = "") -> [MemberRow] {
        guard depth < depthLimit else { return [] }
        return properties(of: schema).flatMap { property in
            let path = path.isEmpty ? property.name : "\(path).\(property.name)"
            return [MemberRow(property, depth: depth, path: path)]
                + rows(of: property.schema, depth: depth + 1, path: path)
        }
    }

    private init(_ property: Schema.Property, depth: Int, path: String) {
        let schema = property.schema
        let resolved = schema.resolved
        name = property.name
        self.path = path
        self.depth = depth
        type = schema.typeWords
        isRequired = property.isRequired
        values = resolved.values
        description = InlineMarkdown.html(schema.description ?? resolved.description ?? "")
        let words = resolved.limitWords
        // Many descriptions say the limit already.
        limits = description.lowercased().contains(words) ? "" : words
        defaultValue = schema.defaultValue?.written ?? ""
        deprecation = schema.deprecation
    }

    private static func properties(of schema: Schema) -> [Schema.Property] {
        switch schema.resolved.kind {
        case .object(let properties): properties
        case .array(let element, _): MemberRow.properties(of: element)
        case .string, .integer, .boolean, .dictionary, .reference, .anyOf: []
        }
    }

    /// The row for a template.
    /// - Parameter isRequest: whether partners send the member. What a response has is not required of anyone.
    func context(isRequest: Bool) -> [String: Any] {
        [
            "name": name, "depthClass": "depth-\(depth)", "type": type, "isNullable": false,
            "isRequired": isRequest && isRequired,
            "description": description, "limits": limits, "hasLimits": !limits.isEmpty, "default": defaultValue,
            "hasDefault": !defaultValue.isEmpty, "hasValues": !values.isEmpty, "values": values, "hasExample": false,
            "example": "", "hasAnchor": isRequest, "anchor": "body.\(path)",
        ].merging(MemberRow.context(deprecation)) { own, _ in own }
    }

    /// What a template shows of the deprecation of an operation, a parameter or a member.
    static func context(_ deprecation: Deprecation?) -> [String: Any] {
        [
            "isDeprecated": deprecation != nil,
            "deprecation": deprecation.map { InlineMarkdown.html($0.sentence) } ?? "",
        ]
    }
}

extension Schema {
    /// The type for people, such as `array of strings`.
    var typeWords: String {
        let word =
            switch resolved.kind {
            case .object, .dictionary: "object"
            case .string(let rules): rules.format.flatMap { Schema.formatWords[$0] } ?? "string"
            case .integer: "integer"
            case .boolean: "boolean"
            case .array(let element, _): "array of \(element.typeWords)s"
            case .anyOf(let schemas): schemas.map(\.typeWords).joined(separator: " or ")
            case .reference(let name): name
            }
        return isNullable ? "\(word) or null" : word
    }

    /// The length of the longest pattern that helps a person; the description says what a longer one means.
    private static let shownPattern = 40

    private static let formatWords = ["uuid": "UUID", "date": "date", "date-time": "timestamp", "uri": "URL"]

    /// The allowed values; empty if any is allowed.
    var values: [String] {
        switch kind {
        case .string(let rules): rules.values
        case .array(let element, _): element.values
        case .object, .dictionary, .integer, .boolean, .reference, .anyOf: []
        }
    }

    /// The constraints for people: lengths, ranges, patterns.
    var limitWords: String {
        switch kind {
        case .string(let rules):
            var words: [String] = []
            if let maximum = rules.maximumLength { words.append("at most \(maximum) characters") }
            if let pattern = rules.pattern, pattern.count <= Schema.shownPattern { words.append("pattern \(pattern)") }
            return words.joined(separator: "; ")
        case .integer(let minimum, let maximum):
            if let maximum { return "\(minimum) to \(maximum)" }
            return minimum == 0 ? "" : "at least \(minimum)"
        case .array(_, let maximum): return maximum.map { "at most \($0) elements" } ?? ""
        case .object, .dictionary, .boolean, .reference, .anyOf: return ""
        }
    }
}
