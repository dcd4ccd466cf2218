import PharmacyDomain

/// The document's `webhooks`: the requests that the server sends to partners (OpenAPI 3.1).
///
/// Each is a reference to a path item among the components. Client generators with incomplete support for `webhooks`,
/// such as openapi-generator 7, generate a broken API class from inline operations but skip references. Tools with full
/// support resolve the references.
struct OpenAPIWebhooks: Sendable {
    /// The tag of the section. No other operation has it, so that generators do not put requests and webhooks into one
    /// class.
    let tag: String
    let tagDescription: String
    /// The requests, by event type.
    let operations: [(event: String, operation: JSON)]

    var references: JSON {
        .object(
            operations.map { event, _ in
                JSON.Member(event, ["$ref": .string("#/components/pathItems/\(event)")])
            })
    }

    /// The path items that the references name.
    var pathItems: JSON {
        .object(operations.map { event, operation in JSON.Member(event, ["post": operation]) })
    }
}
