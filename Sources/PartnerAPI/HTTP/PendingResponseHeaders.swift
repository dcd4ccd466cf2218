import HTTPTypes
internal import Hummingbird
import Synchronization

/// Header fields that are collected while a request is processed and then added to its response. They are shared by
/// reference, because an error response must have them too and a thrown error carries no context.
///
/// They are fields that only the middleware sets, such as those of rate limits, so that no handler's response has one of them.
final class PendingResponseHeaders: Sendable {
    private let fields = Mutex<[HTTPField]>([])

    /// Sets fields, which replace those of the same names.
    func set(_ more: [HTTPField]) {
        fields.withLock { fields in
            for field in more {
                if let index = fields.firstIndex(where: { $0.name == field.name }) {
                    fields[index] = field
                } else {
                    fields.append(field)
                }
            }
        }
    }

    func set(_ name: HTTPField.Name, _ value: String) { set([HTTPField(name: name, value: value)]) }

    /// Adds the fields to `response`.
    func apply(to response: inout Response) {
        response.headers.append(contentsOf: fields.withLock(\.self))
    }
}
