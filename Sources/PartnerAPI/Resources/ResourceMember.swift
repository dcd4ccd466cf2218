import PharmacyDomain

/// One member of a wire resource, declared once: its name, its value in the domain type, its wire type, a description
/// and an example. A class, because it is declared once and passed on for each request.
final class ResourceMember<Root: Sendable, Value: Sendable>: Sendable {
    let name: String
    let type: WireType<Value>
    let description: String
    let example: Value
    /// Set if the member will be removed.
    let deprecation: Deprecation?
    let encode: @Sendable (Root) -> JSON

    /// Parses the member of a body.
    /// - Parameter old: the value to change, which supplies an omitted member; `nil` to create a value.
    /// - Returns: `nil` if a problem was added to `errors`.
    let parse: @Sendable (_ body: JSON, _ old: Root?, WireContext, _ errors: inout ValidationErrors) -> Value?

    /// Inlined, so that the closures are compiled for the types of the declaration: they run for each member of each request.
    /// - Parameter description: a sentence for partners.
    @inline(__always)
    init(
        _ name: String, _ get: @escaping @Sendable (Root) -> Value, _ type: WireType<Value>, _ description: String,
        example: Value, deprecation: Deprecation? = nil
    ) {
        self.name = name
        encode = { type.write(get($0)) }
        self.type = type
        self.description = description
        self.example = example
        self.deprecation = deprecation
        parse = { body, old, context, errors in
            guard let json = body[name] else {
                if let value = old.map(get) ?? type.absent { return value }
                errors.add(name, "\(name) is required.")
                return nil
            }
            guard !json.isNull else {
                if let absent = type.absent { return absent }
                errors.add(name, "\(name) must not be null.")
                return nil
            }
            switch type.read(json, name, context, &errors) {
            case .value(let value): return value
            case .invalid: return nil
            case .blank:
                if let absent = type.absent { return absent }
                errors.add(name, "\(name) must not be blank.")
                return nil
            }
        }
    }

    var requestSchema: Schema { described(type.requestSchema) }
    var responseSchema: Schema { described(type.responseSchema) }

    private func described(_ schema: Schema) -> Schema {
        let example = type.write(example)
        let shown = schema.described(description)
        let described = deprecation.map(shown.deprecated) ?? shown
        return example.isNull ? described : described.example(example)
    }
}
