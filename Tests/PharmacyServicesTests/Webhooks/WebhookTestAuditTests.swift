import PharmacyDomain
import PharmacyServices
import PharmacyStore
import PharmacyTestSupport
import Synchronization
import Testing

@Suite("Test events in the audit log", .timeLimit(.minutes(3)))
struct WebhookTestAuditTests {
    /// Reads the audit log when it receives a request.
    private final class Receiver: WebhookSending {
        private let installation = Mutex<TestInstallation?>(nil)
        private let seen = Mutex<[[[String]]]>([])

        var found: [[[String]]] { seen.withLock(\.self) }

        func look(at installation: TestInstallation) { self.installation.withLock { $0 = installation } }

        func send(_ request: WebhookRequest) async -> Delivery.Attempt {
            let lines = try? await installation.withLock(\.self)?.audited(.webhookTested)
            seen.withLock { $0.append(lines ?? []) }
            return Delivery.Attempt(
                at: Timestamp(milliseconds: 0), duration: .zero, statusCode: 200, error: nil, response: [])
        }
    }

    @Test("The entry is durable before anything is sent, and names the event")
    func audited() async throws {
        let receiver = Receiver()
        let installation = try await TestInstallation(sender: receiver)
        receiver.look(at: installation)
        let result = try await installation.webhooks.test(
            body: ["url": "http://127.0.0.1:9/hook"], tenant: installation.tenant)
        let id = try #require(result["payload"]?["id"]?.text)
        #expect(receiver.found == [[[id]]])
        #expect(try await installation.audited(.webhookTested) == [[id]])
        // The receiver retains the installation, so it must be closed.
        await installation.close()
    }

    @Test(
        "Nothing is sent to loopback unless it is allowed",
        arguments: ["http://127.0.0.1:9/", "http://localhost/", "http://[::1]:8082/", "http://127.1/"])
    func refused(url: String) async throws {
        let receiver = Receiver()
        let installation = try await TestInstallation()
        let webhooks = Webhooks(environment: installation.environment, sender: receiver, servedOnLoopback: false)
        let error = await #expect(throws: ServiceError.self) {
            _ = try await webhooks.test(body: ["url": .string(url)], tenant: installation.tenant)
        }
        guard case .invalid = error else {
            Issue.record("\(url)")
            return
        }
        #expect(receiver.found.isEmpty)
        #expect(try await installation.audited(.webhookTested).isEmpty)
    }
}
