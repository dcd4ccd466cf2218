package import PartnerAPI
package import PharmacyDomain

/// Checks values against schemas.
package struct SchemaValidator: Sendable {
    private let components: [String: Schema]

    /// - Parameter components: the schemas that references name.
    package init(components: [(name: String, schema: Schema)]) {
        self.components = Dictionary(components.map { ($0.name, $0.schema) }) { first, _ in first }
    }

    /// The problems of `value`, each with its path in the value; empty if the value matches the schema.
    package func problems(_ value: JSON, _ schema: Schema, at place: String = "$") -> [String] {
        if value.isNull, schema.isNullable { return [] }
        switch schema.kind {
        case .reference(let name):
            guard let target = components[name] else { return ["\(place): there is no schema \(name)"] }
            return problems(value, target, at: place)
        case .anyOf(let schemas):
            let attempts = schemas.map { problems(value, $0, at: place) }
            return attempts.contains(where: \.isEmpty) ? [] : attempts.first ?? []
        case .object(let properties): return object(value, properties, at: place)
        case .dictionary(let element):
            guard let members = value.members else { return ["\(place): is not an object"] }
            return members.flatMap { problems($0.value, element, at: "\(place).\($0.name)") }
        case .array(let element, let maximum):
            guard let elements = value.elements else { return ["\(place): is not an array"] }
            let tooMany = elements.count > maximum ?? .max ? ["\(place): has too many elements"] : []
            return tooMany
                + elements.enumerated().flatMap { problems($0.element, element, at: "\(place).\($0.offset)") }
        case .boolean:
            if case .bool = value { return [] }
            return ["\(place): is not a boolean"]
        case .integer(let minimum, let maximum):
            guard let number = value.wholeNumber else { return ["\(place): is not a whole number"] }
            return number < minimum || number > maximum ?? .max ? ["\(place): is out of range"] : []
        case .string(let rules):
            guard let text = value.text else { return ["\(place): is not a string"] }
            return string(text, rules).map { "\(place): \($0)" }
        }
    }

    private func object(_ value: JSON, _ properties: [Schema.Property], at place: String) -> [String] {
        guard let members = value.members else { return ["\(place): is not an object"] }
        return properties.flatMap { property -> [String] in
            guard let member = members.last(where: { $0.name == property.name }) else {
                return property.isRequired ? ["\(place).\(property.name): is missing"] : []
            }
            return problems(member.value, property.schema, at: "\(place).\(property.name)")
        }
    }

    private func string(_ text: String, _ rules: Schema.StringRules) -> [String] {
        var problems: [String] = []
        let length = text.unicodeScalars.count
        if length < rules.minimumLength ?? 0 { problems.append("is too short") }
        if length > rules.maximumLength ?? .max { problems.append("is too long") }
        if !rules.values.isEmpty, !rules.values.contains(text) { problems.append("is not one of the allowed values") }
        if let pattern = rules.pattern, !SchemaValidator.matches(text, pattern) {
            problems.append("does not match \(pattern)")
        }
        switch rules.format {
        case "uuid" where TenantID(text) == nil: problems.append("is not a UUID")
        case "date-time" where Timestamp(text) == nil: problems.append("is not a time")
        case "date" where CalendarDate(text) == nil: problems.append("is not a date")
        default: break
        }
        return problems
    }

    /// Whether `pattern` matches anywhere in `text`. It is matched by Unicode scalars, as JSON Schema requires.
    package static func matches(_ text: String, _ pattern: String) -> Bool {
        guard let regex = try? Regex<AnyRegexOutput>(pattern, as: AnyRegexOutput.self) else { return false }
        return (try? regex.matchingSemantics(.unicodeScalar).firstMatch(in: text)) != nil
    }
}
