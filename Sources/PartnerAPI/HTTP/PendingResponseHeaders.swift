import HTTPTypes
internal import Hummingbird
import Synchronization

/// Header fields gathered while a request is worked on, for its answer: they must reach errors too, and an error
/// leaves no context behind.
final class PendingResponseHeaders: Sendable {
    /// What was gathered so far.
    private let fields = Mutex(HTTPFields())

    /// Sets one field of the answer.
    func set(_ name: HTTPField.Name, _ value: String) {
        fields.withLock { $0[name] = value }
    }

    /// Puts the gathered fields in `response`, in place of its own.
    func apply(to response: inout Response) {
        for field in fields.withLock({ $0 }) { response.headers[field.name] = field.value }
    }
}
