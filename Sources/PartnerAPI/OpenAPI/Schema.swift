package import PharmacyDomain

/// A schema of OpenAPI 3.1 (JSON Schema 2020-12).
package struct Schema: Sendable {
    package indirect enum Kind: Sendable {
        /// An object with these members. Other members are allowed.
        case object([Property])
        /// An object with arbitrary member names, whose values all have this schema.
        case dictionary(Schema)
        case string(StringRules)
        case integer(minimum: Int, maximum: Int?)
        case boolean
        /// An array with at most `maximum` elements.
        case array(Schema, maximum: Int?)
        /// The component with this name.
        case reference(String)
        /// A value that matches at least one of these schemas.
        case anyOf([Schema])
    }

    package struct Property: Sendable {
        package let name: String
        package let schema: Schema
        package let isRequired: Bool

        package static func required(_ name: String, _ schema: Schema) -> Property {
            Property(name: name, schema: schema, isRequired: true)
        }

        package static func optional(_ name: String, _ schema: Schema) -> Property {
            Property(name: name, schema: schema, isRequired: false)
        }
    }

    /// The constraints of a string. Lengths are in Unicode scalars, as in JSON Schema.
    package struct StringRules: Sendable {
        package var minimumLength: Int?
        package var maximumLength: Int?
        /// A plain regular expression: one that ECMA-262, Python, Java and Go read alike.
        package var pattern: String?
        /// A `format` of JSON Schema.
        package var format: String?
        /// The allowed values; empty if any value is allowed.
        package var values: [String] = []
    }

    package var kind: Kind
    /// Whether `null` is allowed too.
    package var isNullable = false
    package var description: String?
    package var examples: [JSON] = []
    /// The value that an omitted member has.
    package var defaultValue: JSON?
    /// Whether the member is in responses only.
    package var isReadOnly = false
    /// Set if the member will be removed.
    package var deprecation: Deprecation?

    package init(_ kind: Kind) {
        self.kind = kind
    }
}

// MARK: - Making schemas

extension Schema {
    package static let boolean = Schema(.boolean)
    /// An amount in US dollars with two decimal places.
    static let price = string(pattern: #"^(0|[1-9][0-9]{0,6})\.[0-9]{2}$"#)
    /// A UUID. The server writes UUIDs in lower case.
    package static let uuid = string(format: "uuid")
    /// A time in ISO 8601 with an offset.
    package static let timestamp = string(format: "date-time").example("2025-12-22T17:15:01+00:00")

    package static func object(_ properties: [Property]) -> Schema { Schema(.object(properties)) }

    package static func dictionary(of schema: Schema) -> Schema { Schema(.dictionary(schema)) }

    package static func string(
        minimum: Int? = nil, maximum: Int? = nil, pattern: String? = nil, format: String? = nil
    ) -> Schema {
        Schema(
            .string(
                StringRules(minimumLength: minimum, maximumLength: maximum, pattern: pattern, format: format)))
    }

    /// A text in responses. The limit is in characters, of which each may have several code points, but `maxLength`
    /// counts code points. The schemas of requests use the stricter count.
    /// - Parameter limit: the maximum number of characters.
    package static func shownText(_ limit: Int) -> Schema { string(maximum: limit * String.scalarsPerCharacter) }

    package static func oneOf(_ values: [String]) -> Schema { Schema(.string(StringRules(values: values))) }

    /// One of an enumeration's raw values.
    package static func oneOf<Choice: RawRepresentable<String> & CaseIterable>(_: Choice.Type) -> Schema {
        oneOf(Choice.allCases.map(\.rawValue))
    }

    package static func integer(_ minimum: Int = 0, _ maximum: Int? = nil) -> Schema {
        Schema(.integer(minimum: minimum, maximum: maximum))
    }

    package static func array(of element: Schema, maximum: Int? = nil) -> Schema {
        Schema(.array(element, maximum: maximum))
    }

    /// The component with this name.
    package static func reference(_ name: String) -> Schema { Schema(.reference(name)) }

    /// A value that matches at least one of these schemas.
    package static func anyOf(_ schemas: [Schema]) -> Schema { Schema(.anyOf(schemas)) }

    /// An object with the member `data` and further members: the body of a response with one resource.
    package static func data(_ schema: Schema, adding properties: [Property] = []) -> Schema {
        object([.required("data", schema)] + properties)
    }

    /// A page of a list, with further members.
    package static func page(of schema: Schema, adding properties: [Property] = []) -> Schema {
        data(.array(of: schema), adding: [.required("pagination", .reference("Pagination"))] + properties)
    }

    /// A page of a list that has cursors.
    package static func listPage(of schema: Schema) -> Schema {
        data(.array(of: schema), adding: [.required("pagination", .reference("ListPagination"))])
    }

    /// Whether the schema should have an example. References do not: their component has its own.
    var canShowExample: Bool {
        switch kind {
        case .string(let rules): rules.values.isEmpty
        case .integer: true
        case .object, .dictionary, .boolean, .array, .reference, .anyOf: false
        }
    }

    /// The same object with one more member; other shapes are unchanged.
    func adding(_ property: Property) -> Schema {
        guard case .object(let properties) = kind else { return self }
        return changed { $0.kind = .object(properties + [property]) }
    }

    /// The same, with `null` among the values.
    package var nullable: Schema { changed { $0.isNullable = true } }

    /// The same schema, for responses only.
    package var readOnly: Schema { changed { $0.isReadOnly = true } }

    /// The same schema, for a member that will be removed.
    package func deprecated(_ deprecation: Deprecation) -> Schema { changed { $0.deprecation = deprecation } }

    package func described(_ description: String) -> Schema { changed { $0.description = description } }

    package func example(_ example: JSON) -> Schema { changed { $0.examples = [example] } }

    package func defaulting(to value: JSON) -> Schema { changed { $0.defaultValue = value } }

    private func changed(_ change: (inout Schema) -> Void) -> Schema {
        var schema = self
        change(&schema)
        return schema
    }
}

// MARK: - Rendering

extension Schema {
    /// The schema object of the document. The same schema renders identically on every day and every machine.
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
        if let deprecation { members += deprecation.members }
        if let description { members.append(JSON.Member("description", .string(description))) }
        if !examples.isEmpty { members.append(JSON.Member("examples", .array(examples))) }
        return .object(members)
    }

    private var typeName: String {
        switch kind {
        case .object, .dictionary, .reference, .anyOf: "object"
        case .string: "string"
        case .integer: "integer"
        case .boolean: "boolean"
        case .array: "array"
        }
    }

    /// The constraints besides the type.
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

    private static func members(of properties: [Property]) -> [JSON.Member] {
        let required = properties.filter(\.isRequired).map { JSON.string($0.name) }
        let members = properties.map { JSON.Member($0.name, $0.schema.json) }
        return (required.isEmpty ? [] : [JSON.Member("required", .array(required))])
            + [JSON.Member("properties", .object(members))]
    }

    private static func members(of rules: StringRules, isNullable: Bool) -> [JSON.Member] {
        var members: [JSON.Member] = []
        if let format = rules.format { members.append(JSON.Member("format", .string(format))) }
        if !rules.values.isEmpty {
            let values = rules.values.map(JSON.string) + (isNullable ? [.null] : [])
            members.append(JSON.Member("enum", .array(values)))
        }
        if let minimum = rules.minimumLength { members.append(JSON.Member("minLength", JSON(minimum))) }
        if let maximum = rules.maximumLength { members.append(JSON.Member("maxLength", JSON(maximum))) }
        if let pattern = rules.pattern { members.append(JSON.Member("pattern", .string(pattern))) }
        return members
    }
}
