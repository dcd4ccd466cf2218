import PharmacyDomain

/// The wire form of one kind of value: how it is parsed, encoded and described in the schema.
struct WireType<Value: Sendable>: Sendable {
    /// The result of parsing a member that is present and not `null`.
    enum Reading {
        case value(Value)
        /// A text of white space only. It counts as absent if the member is optional.
        case blank
        /// A problem was added to the errors.
        case invalid
    }

    typealias Reader = @Sendable (JSON, _ name: String, WireContext, inout ValidationErrors) -> Reading

    /// The schema in requests.
    let requestSchema: Schema
    /// The schema in responses.
    let responseSchema: Schema
    /// The value of a member that is absent or `null`; `nil` if the member is required.
    let absent: Value?
    let read: Reader
    let write: @Sendable (Value) -> JSON

    init(
        request: Schema, response: Schema? = nil, absent: Value? = nil, write: @escaping @Sendable (Value) -> JSON,
        read: @escaping Reader
    ) {
        self.requestSchema = request
        self.responseSchema = response ?? request
        self.absent = absent
        self.read = read
        self.write = write
    }

    /// A type whose values are strings that `parse` reads.
    /// - Parameter problem: the problem if `parse` returns `nil`. It completes a sentence that begins with the member's
    ///   name.
    init(
        request: Schema, response: Schema? = nil, rule: TextRule = TextRule(maximum: 254), problem: String,
        write: @escaping @Sendable (Value) -> String, parse: @escaping @Sendable (String) -> Value?
    ) {
        self.init(request: request, response: response, write: { .string(write($0)) }) { json, name, _, errors in
            switch WireType<Value>.text(json, name, rule, &errors) {
            case .value(let text):
                if let value = parse(text) { return .value(value) }
                errors.add(name, "\(name) \(problem)")
                return .invalid
            case .blank: return .blank
            case .invalid: return .invalid
            }
        }
    }

    /// Parses a string and checks it with a rule.
    static func text(
        _ json: JSON, _ name: String, _ rule: TextRule, _ errors: inout ValidationErrors
    ) -> WireType<String>.Reading {
        guard let raw = json.text else {
            errors.add(name, "\(name) must be a string.")
            return .invalid
        }
        switch rule.read(raw) {
        case .text(let text): return .value(text)
        case .blank: return .blank
        case .fault(let fault):
            errors.add(name, "\(name) \(fault)")
            return .invalid
        }
    }

    /// The elements of an array; `nil` if a problem was added to `errors`.
    static func elements(
        _ json: JSON, _ name: String, atMost limit: Int, _ errors: inout ValidationErrors
    ) -> [JSON]? {
        guard let elements = json.elements else {
            errors.add(name, "\(name) must be an array.")
            return nil
        }
        guard elements.count <= limit else {
            errors.add(name, "\(name) must have at most \(limit) elements.")
            return nil
        }
        return elements
    }

    /// The same type for a member that may be absent or `null`.
    static func optional<Wrapped>(_ type: WireType<Wrapped>) -> WireType where Value == Wrapped? {
        WireType(
            request: type.requestSchema.nullable, response: type.responseSchema.nullable, absent: .some(nil),
            write: { $0.map(type.write) ?? .null }
        ) { json, name, context, errors in
            switch type.read(json, name, context, &errors) {
            case .value(let value): .value(value)
            case .blank: .blank
            case .invalid: .invalid
            }
        }
    }

    /// The same type for a member whose default is `value` if it is absent or `null`.
    func defaulting(to value: Value) -> WireType {
        WireType(request: requestSchema.nullable, response: responseSchema, absent: value, write: write, read: read)
    }
}
