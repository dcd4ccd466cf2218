import HTTPTypes
import Metrics
import PharmacyDomain

/// What is deprecated in one operation, with the prepared header fields that announce it and the counters of its use.
///
/// Responses of a deprecated operation announce it in any case. A deprecated parameter or member is announced to those
/// who send it: to all others, the header fields would report a problem that they do not have. Members of responses are
/// marked in the documentation only, since the server cannot know who reads them.
struct OperationDeprecations: Sendable {
    private let whole: Item?
    private let parts: [(place: Place, item: Item)]

    private struct Item: Sendable {
        let deprecation: Deprecation
        let uses: Counter
    }

    /// Where a request has a parameter or a member.
    private enum Place: Sendable {
        case query(String)
        case header(HTTPField.Name)
        /// The names from the outermost member of the body to this one. Arrays are entered without a name.
        case body([String])

        var name: String {
            switch self {
            case .query(let name): name
            case .header(let name): name.rawName
            case .body(let path): path.joined(separator: ".")
            }
        }
    }

    /// The deepest nesting of members that is searched.
    private static let depthLimit = 8
    /// The label of the operation itself, in place of a parameter's or member's name.
    private static let wholeLabel = "operation"

    /// - Returns: `nil` if nothing of the operation is deprecated.
    init?(_ operation: Operation, metrics: any MetricsFactory = MetricsSystem.factory) {
        func item(_ deprecation: Deprecation, _ element: String) -> Item {
            Item(
                deprecation: deprecation,
                uses: Counter(
                    label: "deprecated_requests_total",
                    dimensions: [("operation", operation.id), ("element", element)], factory: metrics))
        }
        let parameters = operation.parameters.compactMap { parameter -> (Place, Deprecation)? in
            guard let deprecation = parameter.deprecation else { return nil }
            return switch parameter.location {
            case .query: (.query(parameter.name), deprecation)
            case .header: HTTPField.Name(parameter.name).map { (.header($0), deprecation) }
            // Every request has it: the operation is deprecated, then.
            case .path: nil
            }
        }
        let members = operation.body.map { OperationDeprecations.members(of: $0.schema) } ?? []
        parts = (parameters + members).map { ($0, item($1, $0.name)) }
        whole = operation.deprecation.map { item($0, OperationDeprecations.wholeLabel) }
        if whole == nil, parts.isEmpty { return nil }
    }

    /// The deprecated members of a body.
    private static func members(of schema: Schema, path: [String] = []) -> [(Place, Deprecation)] {
        guard path.count < depthLimit else { return [] }
        switch schema.resolved.kind {
        case .object(let properties):
            return properties.flatMap { property in
                let path = path + [property.name]
                let own = property.schema.deprecation.map { [(Place.body(path), $0)] } ?? []
                return own + members(of: property.schema, path: path)
            }
        case .array(let element, _): return members(of: element, path: path)
        case .anyOf(let schemas): return schemas.flatMap { members(of: $0, path: path) }
        case .dictionary, .string, .integer, .boolean, .reference: return []
        }
    }

    /// Counts a request, and announces that the operation is deprecated.
    func announce(in headers: PendingResponseHeaders) {
        guard let whole else { return }
        whole.uses.increment()
        headers.set(whole.deprecation.fields)
    }

    /// Counts the deprecated parameters and members that a request has, and announces the first that will be removed.
    func announce(
        sentIn query: QueryReader, _ fields: HTTPFields, _ body: JSON, in headers: PendingResponseHeaders
    ) {
        let sent = parts.filter { part in
            switch part.place {
            case .query(let name): query.isGiven(name)
            case .header(let name): fields.value(name) != nil
            case .body(let path): OperationDeprecations.isSent(path[...], in: body)
            }
        }
        for part in sent { part.item.uses.increment() }
        let deprecations = sent.map(\.item.deprecation) + (whole.map { [$0.deprecation] } ?? [])
        guard !sent.isEmpty, let first = deprecations.min(by: { $0.sunset < $1.sunset }) else { return }
        headers.set(first.fields)
    }

    private static func isSent(_ path: ArraySlice<String>, in json: JSON) -> Bool {
        guard let name = path.first else { return true }
        if let elements = json.elements { return elements.contains { isSent(path, in: $0) } }
        return json[name].map { isSent(path.dropFirst(), in: $0) } ?? false
    }
}
