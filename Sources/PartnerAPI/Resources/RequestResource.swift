package import PharmacyDomain

/// A resource that partners send: its members, and the initializer of the domain value that is made from them. Its
/// schemas, its parser, its encoder and its examples all come from this one declaration.
package struct RequestResource<Root: Sendable, each Value: Sendable>: Sendable {
    private let make: @Sendable (repeat each Value) -> Root
    private let members: (repeat ResourceMember<Root, each Value>)

    init(
        _ make: @escaping @Sendable (repeat each Value) -> Root, _ members: repeat ResourceMember<Root, each Value>
    ) {
        self.make = make
        self.members = (repeat each members)
    }

    /// Parses a body.
    /// - Parameter old: the value to change, which supplies the members that the body omits; `nil` to create a value.
    /// - Throws: every problem at once.
    package func parse(_ body: JSON, merging old: Root? = nil, _ context: WireContext) throws(ValidationErrors) -> Root
    {
        var errors = ValidationErrors()
        let values = (repeat (each members).parse(body, old, context, &errors))
        try errors.throwIfAny()
        return make(repeat try RequestResource.required(each values, errors))
    }

    @inline(__always)
    private static func required<Member>(
        _ value: Member?, _ errors: ValidationErrors
    ) throws(ValidationErrors) -> Member {
        guard let value else { throw errors }
        return value
    }

    /// The schema of a body that creates a value.
    package var schema: Schema { schema { $0 } }

    /// The schema of a body that changes a value: every member is optional.
    var changesSchema: Schema { schema { _ in false } }

    private func schema(_ isRequired: (Bool) -> Bool) -> Schema {
        var properties: [Schema.Property] = []
        for member in repeat each members {
            let schema = member.requestSchema
            properties.append(
                isRequired(member.type.absent == nil)
                    ? .required(member.name, schema) : .optional(member.name, schema))
        }
        return .object(properties)
    }

    /// The value made from the members' examples.
    var example: Root { make(repeat (each members).example) }

    /// A body that creates `example`. Members without a value are omitted.
    var exampleBody: JSON {
        let example = example
        return .object(responseMembers.map { JSON.Member($0.name, $0.encode(example)) }.filter { !$0.value.isNull })
    }

    /// The same members in responses.
    var responseMembers: [ResponseMember<Root>] {
        var result: [ResponseMember<Root>] = []
        for member in repeat each members {
            result.append(ResponseMember(member.name, member.responseSchema, member.encode))
        }
        return result
    }
}
