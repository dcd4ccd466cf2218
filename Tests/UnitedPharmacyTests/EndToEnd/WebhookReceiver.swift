import HTTPTypes
import Hummingbird
import Logging
import NIOCore
import PharmacyDomain
import ServiceLifecycle
import Synchronization

/// A partner's receiver: an HTTP server on a free port that passes on every request.
struct WebhookReceiver: Sendable {
    struct Received: Sendable {
        let path: String
        let headers: [String: String]
        let body: [UInt8]

        var json: JSON {
            get throws { try JSON.parse(body) }
        }
    }

    let port: Int
    let requests: AsyncStream<Received>

    func url(_ path: String = "/hook") -> String { "http://127.0.0.1:\(port)\(path)" }

    /// Runs a receiver for the extent of `body`.
    /// - Parameter response: returns the status for a request, from the number of earlier requests and the request.
    static func with<Value: Sendable>(
        response: @escaping @Sendable (_ earlier: Int, Received) -> HTTPResponse.Status = { _, _ in .ok },
        _ body: @escaping @Sendable (WebhookReceiver) async throws -> Value
    ) async throws -> Value {
        let (requests, feed) = AsyncStream.makeStream(of: Received.self)
        let counter = Counter()
        let router = Router()
        router.post("**") { request, _ in
            let bytes = try await request.body.collect(upTo: 1 << 20)
            let received = Received(
                path: request.uri.path,
                headers: Dictionary(
                    request.headers.map { ($0.name.rawName.lowercased(), $0.value) }, uniquingKeysWith: { $1 }),
                body: Array(bytes.readableBytesView))
            let status = response(counter.next(), received)
            feed.yield(received)
            return status
        }
        let quiet = Logger(label: "receiver") { _ in SwiftLogNoOpLogHandler() }
        return try await RunningServer.with({ listening in
            Application(
                router: router, configuration: ApplicationConfiguration(address: .hostname("127.0.0.1", port: 0)),
                onServerRunning: { listening($0.localAddress?.port ?? 0) }, logger: quiet)
        }) { port in
            try await body(WebhookReceiver(port: port, requests: requests))
        }
    }

    private final class Counter: Sendable {
        private let count = Mutex(0)

        func next() -> Int {
            count.withLock { count in
                defer { count += 1 }
                return count
            }
        }
    }
}
