package import PharmacyDomain

/// Checks values against schemas; tests hold every body that is sent against the document with it.
package struct SchemaValidator: Sendable {
    /// What references name.
    private let components: [String: Schema]

    /// - Parameter components: what references name.
    package init(components: [(name: String, schema: Schema)]) {
        self.components = Dictionary(components.map { ($0.name, $0.schema) }) { first, _ in first }
    }

    /// What is wrong with `value`, a sentence each, with the place in it; empty where it fits.
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
            guard let members = value.members else { return ["\(place): is no object"] }
            return members.flatMap { problems($0.value, element, at: "\(place).\($0.name)") }
        case .array(let element, let maximum):
            guard let elements = value.elements else { return ["\(place): is no array"] }
            let tooMany = elements.count > maximum ?? .max ? ["\(place): has too many elements"] : []
            return tooMany
                + elements.enumerated().flatMap { problems($0.element, element, at: "\(place).\($0.offset)") }
        case .boolean:
            if case .bool = value { return [] }
            return ["\(place): is no boolean"]
        case .integer(let minimum, let maximum):
            guard let number = value.wholeNumber else { return ["\(place): is no whole number"] }
            return number < minimum || number > maximum ?? .max ? ["\(place): is out of range"] : []
        case .string(let rules):
            guard let text = value.text else { return ["\(place): is no string"] }
            return string(text, rules).map { "\(place): \($0)" }
        }
    }

    /// What is wrong with an object's members.
    private func object(_ value: JSON, _ properties: [Schema.Property], at place: String) -> [String] {
        guard let members = value.members else { return ["\(place): is no object"] }
        return properties.flatMap { property -> [String] in
            guard let member = members.last(where: { $0.name == property.name }) else {
                return property.isRequired ? ["\(place).\(property.name): is missing"] : []
            }
            return problems(member.value, property.schema, at: "\(place).\(property.name)")
        }
    }

    /// What is wrong with a string.
    private func string(_ text: String, _ rules: Schema.StringRules) -> [String] {
        var problems: [String] = []
        let length = text.unicodeScalars.count
        if length < rules.minimumLength ?? 0 { problems.append("is too short") }
        if length > rules.maximumLength ?? .max { problems.append("is too long") }
        if !rules.values.isEmpty, !rules.values.contains(text) { problems.append("is none of the values") }
        if let pattern = rules.pattern, !SchemaValidator.matches(text, pattern) {
            problems.append("does not match \(pattern)")
        }
        switch rules.format {
        case "uuid" where Identifier<Tenant>(text) == nil: problems.append("is no uuid")
        case "date-time" where Timestamp(text) == nil: problems.append("is no time")
        case "date" where CalendarDate(text) == nil: problems.append("is no date")
        default: break
        }
        return problems
    }

    /// Whether `pattern` matches somewhere in `text`, scalar by scalar, as JSON Schema has it.
    package static func matches(_ text: String, _ pattern: String) -> Bool {
        guard let regex = try? Regex<AnyRegexOutput>(pattern, as: AnyRegexOutput.self) else { return false }
        return (try? regex.matchingSemantics(.unicodeScalar).firstMatch(in: text)) != nil
    }
}
