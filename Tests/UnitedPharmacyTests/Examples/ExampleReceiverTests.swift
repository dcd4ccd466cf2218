import AsyncHTTPClient
import Foundation
import NIOCore
import NIOHTTP1
import NIOPosix
import PharmacyDomain
import PharmacyServices
import Testing

/// The receivers of `Examples/`, run as documented.
@Suite("Example receivers", .timeLimit(.minutes(3)))
struct ExampleReceiverTests {
    struct Example: Sendable, CustomTestStringConvertible {
        let language: String
        let arguments: [String]
        /// The text in front of its URL.
        var announcement = "Listening on "

        var testDescription: String { language }

        /// Whether its interpreter is installed on this machine.
        var isAtHand: Bool {
            (try? runProgram(["sh", "-c", "command -v \(arguments[0])"]))?.status == 0
        }
    }

    private static let all = [
        Example(language: "Python", arguments: ["python3", "Examples/python/receiver.py"]),
        Example(language: "JavaScript", arguments: ["node", "Examples/javascript/receiver.mjs"]),
        Example(
            language: "PHP", arguments: ["php", "-S", "127.0.0.1:PORT", "Examples/php/receiver.php"],
            announcement: "Development Server ("),
        Example(language: "Go", arguments: ["go", "run", "Examples/go/receiver.go"]),
        Example(language: "Ruby", arguments: ["ruby", "Examples/ruby/receiver.rb"]),
        Example(language: "Swift", arguments: [".build/debug/WebhookReceiverExample"]),
    ]

    static let atHand = all.filter(\.isAtHand)

    private static let oldSecret = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"
    private static let newSecret = "whsec_AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8="

    /// Runs a receiver for the extent of `body`, which is given its URL.
    private func running(
        _ example: Example, secret: String, _ body: (String) async throws -> Void
    ) async throws {
        let directory = try ServerProcess.temporaryDirectory()
        var arguments = example.arguments
        if example.arguments[0] == "go" {
            // `run` would start a child process, which would not be stopped.
            let program = directory.appending(path: "receiver").path
            let built = try runProgram(["go", "build", "-o", program] + example.arguments.dropFirst(2))
            #expect(built.status == 0, "\(built.output)")
            arguments = [program]
        }
        let port = try await freePort()
        let process = try ListeningProcess(
            arguments.map { $0.replacing("PORT", with: "\(port)") },
            environment: ["WEBHOOK_SECRET": secret, "PORT": "\(port)", "TMPDIR": directory.path],
            announcement: example.announcement)
        defer { process.kill() }
        try await body(process.origin + "/hook")
    }

    private func freePort() async throws -> Int {
        let probe = try await ServerBootstrap(group: MultiThreadedEventLoopGroup.singleton)
            .bind(host: "127.0.0.1", port: 0).get()
        let port = probe.localAddress?.port ?? 0
        try await probe.close()
        return port
    }

    private func post(
        _ url: String, _ body: [UInt8], _ headers: [(name: String, value: String)]
    ) async throws -> UInt {
        var request = HTTPClientRequest(url: url)
        request.method = .POST
        for header in headers { request.headers.add(name: header.name, value: header.value) }
        request.body = .bytes(body)
        return try await HTTPClient.shared.execute(request, timeout: .seconds(20)).status.code
    }

    @Test(
        "It accepts fresh requests signed with either secret of a rotation, and refuses all others", arguments: atHand)
    func verifies(example: Example) async throws {
        let body = Array(#"{"event":"order.shipped","order":{"uuid":"fd44a635-6d0c-47fa-8343-e0d604d46992"}}"#.utf8)
        let now = Timestamp(Date())
        func headers(
            secret: String = Self.oldSecret, next: String? = nil, sentAt: Timestamp? = nil
        ) throws -> [(name: String, value: String)] {
            let signer = try #require(WebhookSigner(secret: secret, next: next))
            return signer.headers(
                eventID: EventID(UUID()), type: .order(.shipped), sentAt: sentAt ?? now, body: body)
        }
        func without(_ name: String) throws -> [(name: String, value: String)] {
            try headers().filter { $0.name != name }
        }
        let good = try headers()
        var cases: [(what: String, body: [UInt8], headers: [(name: String, value: String)], status: UInt)] = [
            ("a good one", body, good, 204),
            ("a repetition", body, good, 204),
            ("both secrets", body, try headers(next: Self.newSecret), 204),
            ("some minutes old", body, try headers(sentAt: now - .minutes(4)), 204),
            ("another body", body + [0x20], good, 400),
            ("no body", [], good, 400),
            ("another secret", body, try headers(secret: Self.newSecret), 400),
            ("too old", body, try headers(sentAt: now - .minutes(6)), 400),
            ("of the future", body, try headers(sentAt: now + .minutes(6)), 400),
            (
                "another message's signature", body,
                try without("webhook-id") + [("webhook-id", EventID(UUID()).description)], 400
            ),
        ]
        for name in ["webhook-id", "webhook-timestamp", "webhook-signature"] {
            cases.append(("without \(name)", body, try without(name), 400))
            cases.append(("nonsense as \(name)", body, try without(name) + [(name, "nonsense, v1,é")], 400))
        }
        try await running(example, secret: Self.oldSecret) { url in
            for (what, body, headers, status) in cases {
                let response = try await post(url, body, headers)
                #expect(response == status, "\(what)")
            }
        }
        let rotated = try headers(next: Self.newSecret)
        try await running(example, secret: Self.newSecret) { url in
            let response = try await post(url, body, rotated)
            #expect(response == 204)
        }
    }

    @Test("It accepts the server's deliveries")
    func live() async throws {
        // Python and Swift are here wherever these tests run.
        #expect(Self.atHand.count >= 2)
        let server = try ServerProcess(in: ServerProcess.temporaryDirectory(), settings: ["UP_SANDBOX_STEP": "manual"])
        defer { server.kill() }
        let partner = try await Partner(server)
        for example in Self.atHand {
            try await running(example, secret: partner.webhookSecret) { url in
                let tested = try await partner.call(.POST, "/webhooks/test", body: ["url": .string(url)])
                #expect(try tested.json["data"]?["is_success"] == true, "\(example.language)")
            }
        }
    }
}
