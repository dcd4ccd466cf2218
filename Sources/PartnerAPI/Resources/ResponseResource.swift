package import PharmacyDomain

/// One member of a resource in responses.
struct ResponseMember<Root: Sendable>: Sendable {
    let name: String
    let schema: Schema
    /// Whether the member is left out where it has no value, instead of being `null`.
    let isOptional: Bool
    let encode: @Sendable (Root) -> JSON

    init(
        _ name: String, _ schema: Schema, isOptional: Bool = false, _ encode: @escaping @Sendable (Root) -> JSON
    ) {
        self.name = name
        self.schema = schema
        self.isOptional = isOptional
        self.encode = encode
    }

    /// The same member for a value that contains `Root`.
    func lifted<Whole: Sendable>(_ part: @escaping @Sendable (Whole) -> Root) -> ResponseMember<Whole> {
        let encode = encode
        return ResponseMember<Whole>(name, schema, isOptional: isOptional) { encode(part($0)) }
    }
}

/// A resource in responses: its schema, its encoder and its example come from this one declaration.
package struct ResponseResource<Root: Sendable>: Sendable {
    let members: [ResponseMember<Root>]
    let example: Root

    init(_ members: [ResponseMember<Root>], example: Root) {
        self.members = members
        self.example = example
    }

    /// The names of the members, in order.
    package var names: [String] { members.map(\.name) }

    package func encode(_ root: Root) -> JSON {
        var encoded: [JSON.Member] = []
        encoded.reserveCapacity(members.count)
        for member in members {
            let value = member.encode(root)
            if !member.isOptional || !value.isNull { encoded.append(JSON.Member(member.name, value)) }
        }
        return .object(encoded)
    }

    /// The schema. A member without an example of its own has the value in `example`.
    package var schema: Schema {
        .object(
            members.map { member in
                let value = member.encode(example)
                let isShown = member.schema.examples.isEmpty && member.schema.canShowExample && !value.isNull
                let schema = isShown ? member.schema.example(value) : member.schema
                return Schema.Property(name: member.name, schema: schema, isRequired: !member.isOptional)
            })
    }

    package var exampleJSON: JSON { encode(example) }
}
