internal import Foundation
internal import HTTPTypes
internal import Hummingbird
internal import Synchronization

/// Receives webhooks of the United Pharmacy Partner API.
@main
struct WebhookReceiverExample {
    private static let bodyLimit = 1 << 20

    private struct Event: Decodable {
        struct Order: Decodable {
            let uuid: String
        }

        let event: String
        let order: Order
    }

    private final class Seen: Sendable {
        private let ids = Mutex<Set<String>>([])

        func insert(_ id: String) -> Bool { ids.withLock { $0.insert(id).inserted } }
    }

    static func main() async throws {
        let environment = ProcessInfo.processInfo.environment
        guard let verifier = environment["WEBHOOK_SECRET"].flatMap({ WebhookVerifier(secret: $0) }) else {
            print("Set WEBHOOK_SECRET to your webhook secret: whsec_ and base64.")
            exit(1)
        }
        let seen = Seen()
        let router = Router()
        router.post("**") { request, _ -> HTTPResponse.Status in
            let body = Data(try await request.body.collect(upTo: bodyLimit).readableBytesView)
            func header(_ name: String) -> String? { HTTPField.Name(name).flatMap { request.headers[$0] } }
            guard verifier.isAuthentic(body, header: header), let id = header("webhook-id") else { return .badRequest }
            if seen.insert(id) {
                let event = try JSONDecoder().decode(Event.self, from: body)
                say("\(event.event) \(event.order.uuid)")
            }
            return .noContent
        }
        let application = Application(
            router: router,
            configuration: ApplicationConfiguration(
                address: .hostname("127.0.0.1", port: environment["PORT"].flatMap { Int($0) } ?? 8000)),
            onServerRunning: { say("Listening on http://127.0.0.1:\($0.localAddress?.port ?? 0)") })
        try await application.runService()
    }

    /// Prints a line without buffering, so that a pipe receives it at once.
    private static func say(_ line: String) { FileHandle.standardOutput.write(Data((line + "\n").utf8)) }
}
