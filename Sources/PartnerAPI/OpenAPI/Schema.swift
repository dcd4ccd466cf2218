package import PharmacyDomain

/// The shape of a JSON value: what OpenAPI 3.1 (JSON Schema 2020-12) says of it.
package struct Schema: Sendable {
    /// What kind of value it is.
    package indirect enum Kind: Sendable {
        /// An object with these members; others are let through.
        case object([Property])
        /// An object whose members all have this shape, whatever their names.
        case dictionary(Schema)
        /// A string within rules.
        case string(StringRules)
        /// A whole number from the one to the other.
        case integer(minimum: Int, maximum: Int?)
        case boolean
        /// An array of at most so many elements.
        case array(Schema, maximum: Int?)
        /// The component of that name.
        case reference(String)
        /// What fits one of these, or several.
        case anyOf([Schema])
    }

    /// One member of an object.
    package struct Property: Sendable {
        /// The member's name.
        package let name: String
        /// What its value is.
        package let schema: Schema
        /// Whether it must be there.
        package let isRequired: Bool

        /// A member that must be there.
        package static func required(_ name: String, _ schema: Schema) -> Property {
            Property(name: name, schema: schema, isRequired: true)
        }

        /// A member that may be left out.
        package static func optional(_ name: String, _ schema: Schema) -> Property {
            Property(name: name, schema: schema, isRequired: false)
        }
    }

    /// What a string has to be. Lengths count Unicode scalars, as JSON Schema does.
    package struct StringRules: Sendable {
        /// The fewest characters.
        package var minimumLength: Int?
        /// The most characters.
        package var maximumLength: Int?
        /// An ECMA-262 regular expression in Unicode mode.
        package var pattern: String?
        /// A `format` of JSON Schema.
        package var format: String?
        /// The only values there are; empty where any will do.
        package var values: [String] = []
    }

    /// What it is.
    package var kind: Kind
    /// Whether `null` will do too.
    package var isNullable = false
    /// For people.
    package var description: String?
    /// Values that fit.
    package var examples: [JSON] = []
    /// What is meant where the value is left out.
    package var defaultValue: JSON?
    /// Whether only the server sets it.
    package var isReadOnly = false

    /// A shape without a description.
    package init(_ kind: Kind) {
        self.kind = kind
    }
}

// MARK: - Making schemas

extension Schema {
    /// A boolean.
    package static let boolean = Schema(.boolean)
    /// A UUID in lower case, as the server writes them.
    package static let uuid = string(format: "uuid")
    /// A moment as the server writes them.
    package static let timestamp = string(format: "date-time").example("2025-12-22T17:15:01+00:00")

    /// An object with these members.
    package static func object(_ properties: [Property]) -> Schema { Schema(.object(properties)) }

    /// An object of members of one shape.
    package static func dictionary(of schema: Schema) -> Schema { Schema(.dictionary(schema)) }

    /// A string within rules.
    package static func string(
        minimum: Int? = nil, maximum: Int? = nil, pattern: String? = nil, format: String? = nil
    ) -> Schema {
        Schema(
            .string(
                StringRules(minimumLength: minimum, maximumLength: maximum, pattern: pattern, format: format)))
    }

    /// A text as the server shows it. A character, which is what limits count, may have several code points, which is what
    /// `maxLength` counts; those of requests are the stricter.
    package static func shownText(_ limit: Int) -> Schema { string(maximum: limit * String.scalarsPerCharacter) }

    /// One of these strings.
    package static func oneOf(_ values: [String]) -> Schema { Schema(.string(StringRules(values: values))) }

    /// One of an enumeration's raw values.
    package static func oneOf<Choice: RawRepresentable<String> & CaseIterable>(_: Choice.Type) -> Schema {
        oneOf(Choice.allCases.map(\.rawValue))
    }

    /// A whole number.
    package static func integer(_ minimum: Int = 0, _ maximum: Int? = nil) -> Schema {
        Schema(.integer(minimum: minimum, maximum: maximum))
    }

    /// An array.
    package static func array(of element: Schema, maximum: Int? = nil) -> Schema {
        Schema(.array(element, maximum: maximum))
    }

    /// The component of that name.
    package static func reference(_ name: String) -> Schema { Schema(.reference(name)) }

    /// What fits one of these, or several.
    package static func anyOf(_ schemas: [Schema]) -> Schema { Schema(.anyOf(schemas)) }

    /// An object with the member `data`, as answers with one thing have it, and members beside it.
    package static func data(_ schema: Schema, beside properties: [Property] = []) -> Schema {
        object([.required("data", schema)] + properties)
    }

    /// A page of a list, and members beside it.
    package static func page(of schema: Schema, beside properties: [Property] = []) -> Schema {
        data(.array(of: schema), beside: [.required("pagination", .reference("Pagination"))] + properties)
    }

    /// A page of a list that has cursors.
    package static func listPage(of schema: Schema) -> Schema {
        data(.array(of: schema), beside: [.required("pagination", .reference("ListPagination"))])
    }

    /// The same, with `null` among the values.
    package var nullable: Schema { changed { $0.isNullable = true } }

    /// The same, set by the server alone.
    package var readOnly: Schema { changed { $0.isReadOnly = true } }

    /// The same with a description.
    package func described(_ description: String) -> Schema { changed { $0.description = description } }

    /// The same with an example.
    package func example(_ example: JSON) -> Schema { changed { $0.examples = [example] } }

    /// The same with what is meant where it is left out.
    package func defaulting(to value: JSON) -> Schema { changed { $0.defaultValue = value } }

    /// A copy with one change.
    private func changed(_ change: (inout Schema) -> Void) -> Schema {
        var schema = self
        change(&schema)
        return schema
    }
}

// MARK: - Rendering

extension Schema {
    /// The schema as it stands in the document. Nothing in it depends on the day or the machine it is rendered on.
    package var json: JSON {
        var members: [JSON.Member]
        switch kind {
        case .reference(let name):
            let reference = JSON.Member("$ref", .string("#/components/schemas/\(name)"))
            members = isNullable ? [JSON.Member("anyOf", [.object([reference]), ["type": "null"]])] : [reference]
        case .anyOf(let schemas):
            let null: [JSON] = isNullable ? [["type": "null"]] : []
            members = [JSON.Member("anyOf", .array(schemas.map { $0.json } + null))]
        default:
            members = [JSON.Member("type", isNullable ? [.string(typeName), "null"] : .string(typeName))]
            members += rules
        }
        if let defaultValue { members.append(JSON.Member("default", defaultValue)) }
        if isReadOnly { members.append(JSON.Member("readOnly", true)) }
        if let description { members.append(JSON.Member("description", .string(description))) }
        if !examples.isEmpty { members.append(JSON.Member("examples", .array(examples))) }
        return .object(members)
    }

    /// The `type`.
    private var typeName: String {
        switch kind {
        case .object, .dictionary, .reference, .anyOf: "object"
        case .string: "string"
        case .integer: "integer"
        case .boolean: "boolean"
        case .array: "array"
        }
    }

    /// What the kind says beyond its type.
    private var rules: [JSON.Member] {
        switch kind {
        case .object(let properties): return Schema.members(of: properties)
        case .dictionary(let schema): return [JSON.Member("additionalProperties", schema.json)]
        case .string(let rules): return Schema.members(of: rules, isNullable: isNullable)
        case .integer(let minimum, let maximum):
            let upper = maximum.map { [JSON.Member("maximum", JSON($0))] } ?? []
            return [JSON.Member("minimum", JSON(minimum))] + upper
        case .array(let element, let maximum):
            let upper = maximum.map { [JSON.Member("maxItems", JSON($0))] } ?? []
            return [JSON.Member("items", element.json)] + upper
        case .boolean, .reference, .anyOf: return []
        }
    }

    /// The rules of one kind.
    private static func members(of properties: [Property]) -> [JSON.Member] {
        let required = properties.filter(\.isRequired).map { JSON.string($0.name) }
        let members = properties.map { JSON.Member($0.name, $0.schema.json) }
        return (required.isEmpty ? [] : [JSON.Member("required", .array(required))])
            + [JSON.Member("properties", .object(members))]
    }

    /// The rules of one kind.
    private static func members(of rules: StringRules, isNullable: Bool) -> [JSON.Member] {
        var members: [JSON.Member] = []
        if let format = rules.format { members.append(JSON.Member("format", .string(format))) }
        if !rules.values.isEmpty {
            let values = rules.values.map(JSON.string) + (isNullable ? [.null] : [])
            members.append(JSON.Member("enum", .array(values)))
        }
        if let minimum = rules.minimumLength { members.append(JSON.Member("minLength", JSON(minimum))) }
        if let maximum = rules.maximumLength { members.append(JSON.Member("maxLength", JSON(maximum))) }
        if let pattern = rules.pattern.map(UnicodeClass.spelledOut) {
            members.append(JSON.Member("pattern", .string(pattern)))
        }
        return members
    }
}
