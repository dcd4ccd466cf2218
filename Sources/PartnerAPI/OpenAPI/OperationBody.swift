package import PharmacyDomain

/// The request body of an operation.
package struct OperationBody: Sendable {
    package let schema: Schema
    package let mediaTypes: [BodyMediaType]
    package let isRequired: Bool
    /// Example bodies, each with a name.
    package let examples: [(name: String, value: JSON)]
    /// The columns of a body in CSV; `nil` if it must not be one.
    package var columns: TableColumns?

    package static func json(
        _ schema: Schema, isRequired: Bool = true, examples: [(name: String, value: JSON)]
    ) -> OperationBody {
        OperationBody(schema: schema, mediaTypes: [.json], isRequired: isRequired, examples: examples)
    }

    /// A body in JSON or as a form, which OAuth 2 clients send (RFC 6749 §4).
    package static func jsonOrForm(_ schema: Schema, examples: [(name: String, value: JSON)]) -> OperationBody {
        OperationBody(schema: schema, mediaTypes: [.json, .form], isRequired: true, examples: examples)
    }

    /// A batch in JSON or as a table.
    package static func jsonOrCSV(
        _ schema: Schema, columns: TableColumns, examples: [(name: String, value: JSON)]
    ) -> OperationBody {
        OperationBody(
            schema: schema, mediaTypes: [.json, .csv], isRequired: true, examples: examples, columns: columns)
    }
}
