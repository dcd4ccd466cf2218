import Crypto
import Foundation
import PharmacyDomain
import PharmacyServices
import PharmacyStore
import PharmacyTestSupport
import Testing

/// A receiver that confirms every request and passes it on.
private final class Recorder: WebhookSending {
    let requests: AsyncStream<WebhookRequest>
    private let feed: AsyncStream<WebhookRequest>.Continuation
    private let time: ManualClock

    init(time: ManualClock) {
        self.time = time
        (requests, feed) = AsyncStream.makeStream()
    }

    func send(_ request: WebhookRequest) async -> Delivery.Attempt {
        feed.yield(request)
        return Delivery.Attempt(at: time.now(), duration: .zero, statusCode: 200, error: nil, response: [])
    }
}

@Suite("Rotation of the webhook secret", .timeLimit(.minutes(3)))
struct WebhookSecretRotationTests {
    private struct Rotated {
        let secret: String
        let activatesAt: Timestamp
        let isReplay: Bool
    }

    private func rotate(
        _ installation: TestInstallation, _ body: JSON = [:], idempotency: IdempotencyRequest? = nil
    ) async throws -> Rotated {
        let outcome = try await installation.webhooks.rotateSecret(
            body: body, tenant: installation.tenant, idempotency: idempotency)
        return Rotated(
            secret: try #require(outcome.value["webhook_secret"]?.text),
            activatesAt: try #require(outcome.value["activates_at"]?.text.flatMap(Timestamp.init)),
            isReplay: outcome.isReplay)
    }

    private func storedSecrets(_ installation: TestInstallation) async throws -> WebhookSecrets {
        try await installation.environment.store.read(installation.tenant.id) { try $0.webhookSecrets() }
    }

    /// The secrets that a new credential returns.
    private func shown(_ installation: TestInstallation) async throws -> String? {
        try await installation.accounts.createCredential(
            body: [:], authority: .setupToken(TestInstallation.setupToken), tenant: installation.tenant,
            idempotency: nil
        ).value["webhook_secret"]?.text
    }

    /// Checks the next webhook against signatures that are computed here.
    private func expectNextWebhook(
        _ installation: TestInstallation, _ recorder: Recorder, signedWith current: String, and next: String? = nil,
        sourceLocation: SourceLocation = #_sourceLocation
    ) async throws {
        _ = try await installation.place(try await installation.order(webhookURLs: ["http://127.0.0.1/a"]))
        var arrivals = recorder.requests.makeAsyncIterator()
        let request = try #require(await arrivals.next(), sourceLocation: sourceLocation)
        let headers = Dictionary(request.headers.map { ($0.name, $0.value) }, uniquingKeysWith: { $1 })
        let code = HMAC<SHA256>.authenticationCode(for: request.body, using: SymmetricKey(data: Data(current.utf8)))
        #expect(
            headers["X-Webhook-Signature"] == code.map { String(format: "%02x", $0) }.joined(),
            sourceLocation: sourceLocation)
        let signed = "\(headers["webhook-id"] ?? "").\(headers["webhook-timestamp"] ?? "")."
        let standard = try [current, next].compactMap(\.self).map { secret in
            let key = try #require(Data(base64Encoded: String(secret.dropFirst(6))))
            let code = HMAC<SHA256>.authenticationCode(
                for: Data(signed.utf8) + request.body, using: SymmetricKey(data: key))
            return "v1," + Data(code).base64EncodedString()
        }
        #expect(
            headers["webhook-signature"] == standard.joined(separator: " "), sourceLocation: sourceLocation)
    }

    @Test("Both secrets sign until the new one is due, and then only the new one")
    func signatures() async throws {
        let installation = try await TestInstallation()
        let recorder = Recorder(time: installation.time)
        let deliverer = WebhookDeliverer(
            environment: installation.environment, sender: recorder, policy: DeliveryPolicy(), servedOnLoopback: true,
            notifier: installation.notifier, logger: installation.logger)
        let old = try await storedSecrets(installation).current
        try await withThrowingTaskGroup(of: Void.self) { group in
            group.addTask { try await deliverer.run() }
            try await expectNextWebhook(installation, recorder, signedWith: old)
            let new = try await rotate(installation, ["activate_after": 3600])
            try await expectNextWebhook(installation, recorder, signedWith: old, and: new.secret)
            installation.time.advance(by: .seconds(3599))
            try await expectNextWebhook(installation, recorder, signedWith: old, and: new.secret)
            installation.time.advance(by: .seconds(1))
            try await expectNextWebhook(installation, recorder, signedWith: new.secret)
            let newest = try await rotate(installation, ["activate_after": 0])
            try await expectNextWebhook(installation, recorder, signedWith: newest.secret)
            group.cancelAll()
        }
    }

    @Test(
        "The new secret is due after 24 hours, or after the requested seconds",
        arguments: [([:], 86_400), (["activate_after": nil], 86_400), (["activate_after": 90], 90)] as [(JSON, Int)])
    func activation(body: JSON, seconds: Int) async throws {
        let installation = try await TestInstallation()
        installation.time.advance(by: .milliseconds(700))
        let new = try await rotate(installation, body)
        // Shown without fractions, and stored to the millisecond.
        #expect(new.activatesAt.seconds == installation.time.now().seconds + Int64(seconds))
        let next = try await storedSecrets(installation).next
        #expect(next == WebhookSecrets.Next(secret: new.secret, activatesAt: new.activatesAt))
        #expect(try await installation.audited(.webhookSecretRotated) == [[installation.tenant.id.description]])
    }

    @Test(
        "Any value other than a whole number of seconds up to 7 days is refused, and nothing changes",
        arguments: [-1, 604_801, 1.5, "60", true] as [JSON])
    func badSeconds(seconds: JSON) async throws {
        let installation = try await TestInstallation()
        let before = try await storedSecrets(installation)
        await #expect(throws: ValidationErrors.self) {
            _ = try await rotate(installation, ["activate_after": seconds])
        }
        #expect(try await storedSecrets(installation) == before)
        #expect(try await installation.audited(.webhookSecretRotated) == [])
    }

    @Test("A second rotation replaces the pending one, whose secret is never used")
    func twice() async throws {
        let installation = try await TestInstallation()
        let old = try await storedSecrets(installation).current
        let first = try await rotate(installation, ["activate_after": 60])
        let second = try await rotate(installation, ["activate_after": 120])
        #expect(first.secret != second.secret)
        #expect(
            try await storedSecrets(installation)
                == WebhookSecrets(
                    current: old,
                    next: WebhookSecrets.Next(secret: second.secret, activatesAt: second.activatesAt)))
        installation.time.advance(by: .seconds(120))
        // The due secret is the previous one of the next rotation.
        let third = try await rotate(installation)
        #expect(try await storedSecrets(installation).current == second.secret)
        #expect(try await storedSecrets(installation).next?.secret == third.secret)
    }

    @Test("A credential returns the old secret until the new one is due")
    func credentials() async throws {
        let installation = try await TestInstallation()
        let old = try await storedSecrets(installation).current
        let new = try await rotate(installation, ["activate_after": 60])
        #expect(try await shown(installation) == old)
        installation.time.advance(by: .seconds(60))
        #expect(try await shown(installation) == new.secret)
    }

    @Test("A rotation that is repeated under its idempotency key shows the same secret and rotates nothing")
    func repetition() async throws {
        let installation = try await TestInstallation()
        let request = IdempotencyRequest(key: "once", operation: "POST webhooks/secret/rotate", body: [])
        let first = try await rotate(installation, idempotency: request)
        installation.time.advance(by: .seconds(10))
        let again = try await rotate(installation, idempotency: request)
        #expect([first.isReplay, again.isReplay] == [false, true])
        #expect(again.secret == first.secret)
        #expect(again.activatesAt == first.activatesAt)
        #expect(try await storedSecrets(installation).next?.secret == first.secret)
        #expect(try await installation.audited(.webhookSecretRotated).count == 1)
        #expect(try await installation.audited(.webhookSecretReplayed) == [[installation.tenant.id.description]])
    }

    @Test("A wipe removes the pending secret with the present one")
    func wipe() async throws {
        let installation = try await TestInstallation()
        let old = try await storedSecrets(installation).current
        let new = try await rotate(installation, ["activate_after": 60])
        try await installation.controls.wipe(installation.tenant)
        let fresh = try await storedSecrets(installation)
        #expect(fresh.next == nil)
        #expect(fresh.current != old && fresh.current != new.secret)
        installation.time.advance(by: .seconds(60))
        #expect(try await shown(installation) == fresh.current)
    }
}
