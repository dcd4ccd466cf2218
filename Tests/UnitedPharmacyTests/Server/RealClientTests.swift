import Foundation
import HTTPTypes
import Hummingbird
import Logging
import NIOCore
import NIOPosix
import Testing

@testable import UnitedPharmacy

/// The HTTP clients that partners use, each with its defaults and in a separate process.
@Suite("Real clients", .timeLimit(.minutes(3)))
struct RealClientTests {
    /// A client that makes two requests, and prints both bodies on a line.
    struct Client: Sendable, CustomTestStringConvertible {
        let testDescription: String
        let arguments: [String]

        static let all = [
            Client(testDescription: "Java's HttpClient", arguments: ["java", file("TwoRequests.java")]),
            Client(
                testDescription: "curl --http2",
                arguments: ["curl", "-sS", "--max-time", "30", "--http2", "-w", " ", "URL", "URL"]),
            Client(
                testDescription: "curl",
                arguments: ["curl", "-sS", "--max-time", "30", "-w", " ", "URL", "URL"]),
            Client(testDescription: "Node's fetch", arguments: ["node", file("two-requests.mjs")]),
            Client(testDescription: "Python's http.client", arguments: ["python3", file("two_requests.py")]),
        ]

        private static func file(_ name: String) -> String {
            URL(filePath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
                .deletingLastPathComponent().appending(path: "Clients/\(name)").path
        }
    }

    /// Knows the other end of the connection.
    private struct PeerContext: RequestContext {
        var coreContext: CoreRequestContextStorage
        let peer: SocketAddress?

        init(source: ApplicationRequestContextSource) {
            coreContext = CoreRequestContextStorage(source: source)
            peer = source.channel.remoteAddress
        }
    }

    @Test("Two requests go over one connection", arguments: Client.all)
    func twoRequests(client: Client) async throws {
        let router = Router(context: PeerContext.self)
        router.get("/port") { _, context in
            Response(
                status: .ok, body: ResponseBody(byteBuffer: ByteBuffer(string: "\(context.peer?.port ?? 0)")))
        }
        let output = try await RunningServer.with(
            { listening in
                Application(
                    router: router, server: .partnerAPI(certificate: nil),
                    configuration: ApplicationConfiguration(address: .hostname("127.0.0.1", port: 0)),
                    onServerRunning: { listening($0.localAddress?.port ?? 0) },
                    logger: Logger(label: "test") { _ in SwiftLogNoOpLogHandler() })
            },
            { port in
                let url = "http://127.0.0.1:\(port)/port"
                // It blocks its thread, which must be none of those that serve.
                let result = try await NIOThreadPool.singleton.runIfActive {
                    try runProgram(
                        client.arguments.map { $0.replacing("URL", with: url) }, environment: ["URL": url])
                }
                #expect(result.status == 0, "\(result.output)")
                return result.output
            })
        let ports = output.split(whereSeparator: \.isWhitespace)
        #expect(ports.count == 2 && Set(ports).count == 1, "\(output)")
    }
}
