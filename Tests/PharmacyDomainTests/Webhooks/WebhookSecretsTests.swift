import PharmacyDomain
import Testing

@Suite("A tenant's webhook secrets")
struct WebhookSecretsTests {
    private let start = Fixtures.now

    private func next(_ secret: String, after seconds: Int) -> WebhookSecrets.Next {
        WebhookSecrets.Next(secret: secret, activatesAt: start + .seconds(seconds))
    }

    @Test(
        "The next secret becomes the current one at its time and not before",
        arguments: [(0, false), (59, false), (60, true), (61, true)])
    func activation(seconds: Int, isActive: Bool) {
        let secrets = WebhookSecrets(current: "old").rotated(to: next("new", after: 60), at: start)
        let then = secrets.settled(at: start + .seconds(seconds))
        #expect(then == (isActive ? WebhookSecrets(current: "new") : secrets))
        #expect(secrets.current == "old")
    }

    @Test("A second rotation replaces a pending secret, and retains one that is due")
    func twice() {
        let first = WebhookSecrets(current: "old").rotated(to: next("first", after: 60), at: start)
        #expect(
            first.rotated(to: next("second", after: 90), at: start + .seconds(30))
                == WebhookSecrets(current: "old", next: next("second", after: 90)))
        #expect(
            first.rotated(to: next("second", after: 90), at: start + .seconds(60))
                == WebhookSecrets(current: "first", next: next("second", after: 90)))
    }

    @Test("Without an overlap the old secret is removed")
    func atOnce() {
        let secrets = WebhookSecrets(current: "old").rotated(to: next("new", after: 0), at: start)
        #expect(secrets == WebhookSecrets(current: "new"))
    }
}
