import PharmacyDomain
import PharmacyServices
import PharmacyTestSupport
import Synchronization
import Testing

@Suite("Test events in flight", .timeLimit(.minutes(1)))
struct WebhookTestLimitTests {
    /// Responds to no request until the test lets it.
    private final class SlowReceiver: WebhookSending {
        private let state = Mutex<(isOpen: Bool, waiting: [CheckedContinuation<Void, Never>])>((false, []))

        var waiting: Int { state.withLock { $0.waiting.count } }

        func open() {
            let waiting = state.withLock { state in
                state.isOpen = true
                defer { state.waiting = [] }
                return state.waiting
            }
            for continuation in waiting { continuation.resume() }
        }

        func send(_ request: WebhookRequest) async -> Delivery.Attempt {
            await withCheckedContinuation { continuation in
                let isOpen = state.withLock { state in
                    if !state.isOpen { state.waiting.append(continuation) }
                    return state.isOpen
                }
                if isOpen { continuation.resume() }
            }
            return Delivery.Attempt(
                at: Timestamp(milliseconds: 0), duration: .zero, statusCode: 200, error: nil, response: [])
        }
    }

    @Test("A tenant whose receivers are slow has some tests in flight; more are not sent, and another tenant's are")
    func shares() async throws {
        let receiver = SlowReceiver()
        let installation = try await TestInstallation(sender: receiver)
        let other = try await installation.addTenant("other")
        let body: JSON = ["url": "http://127.0.0.1:9/hook"]
        let test = { @Sendable (tenant: Tenant) in try await installation.webhooks.test(body: body, tenant: tenant) }
        try await withThrowingTaskGroup(of: JSON.self) { group in
            let inFlight = 14
            for number in 1...inFlight {
                group.addTask { try await test(installation.tenant) }
                while receiver.waiting < number { await Task.yield() }
            }
            for _ in 0..<3 {
                let refused = try await test(installation.tenant)
                #expect(refused["is_success"] == false)
                #expect(refused["error"]?.text?.hasPrefix("not sent: too many of your tests") == true)
                #expect(refused["status_code"] == .null)
            }
            group.addTask { try await test(other) }
            while receiver.waiting < inFlight + 1 { await Task.yield() }
            // Nothing that was not sent is in the audit log.
            #expect(try await installation.audited(.webhookTested).count == inFlight + 1)
            receiver.open()
            for try await result in group { #expect(result["is_success"] == true) }
        }
        #expect(try await test(installation.tenant)["is_success"] == true)
    }
}
