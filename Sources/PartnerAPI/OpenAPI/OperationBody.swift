package import PharmacyDomain

/// The body of requests.
package struct OperationBody: Sendable {
    /// The shape of the object.
    package let schema: Schema
    /// The media types it may have.
    package let mediaTypes: [BodyMediaType]
    /// Whether a request must have one.
    package let isRequired: Bool
    /// Bodies by a name for people.
    package let examples: [(name: String, value: JSON)]

    /// A body in JSON.
    package static func json(
        _ schema: Schema, isRequired: Bool = true, examples: [(name: String, value: JSON)]
    ) -> OperationBody {
        OperationBody(schema: schema, mediaTypes: [.json], isRequired: isRequired, examples: examples)
    }

    /// A body in JSON or as a form, as token endpoints take it.
    package static func jsonOrForm(_ schema: Schema, examples: [(name: String, value: JSON)]) -> OperationBody {
        OperationBody(schema: schema, mediaTypes: [.json, .form], isRequired: true, examples: examples)
    }
}
