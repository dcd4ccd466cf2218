import HTTPTypes
internal import Hummingbird
import Synchronization

/// Header fields that are collected while a request is processed and then added to its response. They are shared by
/// reference, because an error response must have them too and a thrown error carries no context.
final class PendingResponseHeaders: Sendable {
    private let fields = Mutex(HTTPFields())

    func set(_ name: HTTPField.Name, _ value: String) {
        fields.withLock { $0[name] = value }
    }

    /// Adds the fields to `response`. They replace fields of the same name.
    func apply(to response: inout Response) {
        for field in fields.withLock({ $0 }) { response.headers[field.name] = field.value }
    }
}
