import Foundation
import PharmacyDomain
import Testing

@Suite("Registered webhook endpoints")
struct EndpointDetailsTests {
    private let url = WebhookURL(stored: "https://your-app.com/hooks")

    @Test("An endpoint without a list of events wants all of them, and otherwise those that are listed")
    func wants() {
        let all = EndpointDetails(url: url)
        #expect(WebhookEventType.allCases.allSatisfy(all.wants))
        let some = EndpointDetails(url: url, events: [.endpoint(.failing), .order(.shipped), .order(.shipped)])
        #expect(some.events == [.order(.shipped), .endpoint(.failing)])
        #expect(WebhookEventType.allCases.filter(some.wants) == some.events)
    }

    @Test("Each type of event has a name of its own", arguments: WebhookEventType.allCases)
    func names(type: WebhookEventType) {
        #expect(WebhookEventType(rawValue: type.rawValue) == type)
        #expect(WebhookEventType(rawValue: type.rawValue.uppercased()) == nil)
    }

    @Test("The encrypted parts of an endpoint are read back, and nothing else is accepted")
    func document() {
        let next = WebhookSecrets.Next(secret: "whsec_b", activatesAt: Fixtures.now)
        for secrets in [WebhookSecrets(current: "whsec_a"), WebhookSecrets(current: "whsec_a", next: next)] {
            for description in [nil, "Reports"] {
                let endpoint = RegisteredEndpoint(
                    id: EndpointID(UUID()), details: EndpointDetails(url: url, description: description),
                    secrets: secrets, createdAt: Fixtures.now, updatedAt: Fixtures.now)
                let read = RegisteredEndpoint.sealedParts(in: endpoint.document)
                #expect(read?.description == description && read?.secrets == secrets)
                #expect(!"\(endpoint)".contains("whsec_"))
            }
        }
        #expect(RegisteredEndpoint.sealedParts(in: ["description": "Reports"]) == nil)
        #expect(RegisteredEndpoint.sealedParts(in: ["secret": "whsec_a", "next_secret": "whsec_b"]) == nil)
    }

    @Test("The report on an endpoint has its host and no other part of its URL")
    func payload() {
        let event = EndpointEvent(
            id: EventID(UUID()), type: .failing, endpoint: EndpointID(UUID()), host: "your-app.com",
            occurredAt: Fixtures.now)
        #expect(event.payload.members?.map(\.name) == ["id", "event", "endpoint", "timestamp"])
        #expect(event.payload["event"] == "endpoint.failing")
        #expect(event.payload["endpoint"]?["host"] == "your-app.com")
    }
}
