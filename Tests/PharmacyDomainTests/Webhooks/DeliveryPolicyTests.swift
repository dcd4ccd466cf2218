import PharmacyDomain
import Testing

@Suite("What follows an attempt to deliver a webhook")
struct DeliveryPolicyTests {
    private func attempt(_ statusCode: Int?, duration: Duration = .milliseconds(250)) -> Delivery.Attempt {
        Delivery.Attempt(
            at: Fixtures.now, duration: duration, statusCode: statusCode, error: statusCode == nil ? "timeout" : nil,
            response: [])
    }

    @Test(
        "Any 2xx is a success and nothing else is",
        arguments: [
            (200, true), (201, true), (204, true), (299, true), (100, false), (199, false), (300, false), (301, false),
            (307, false), (400, false), (404, false), (410, false), (429, false), (500, false), (503, false),
            (nil, false),
        ] as [(Int?, Bool)])
    func success(statusCode: Int?, isSuccess: Bool) {
        #expect(attempt(statusCode).isSuccess == isSuccess)
        for attempts in 1...4 {
            #expect((DeliveryPolicy().verdict(on: attempt(statusCode), attempts: attempts) == .succeeded) == isSuccess)
        }
    }

    @Test("A delivery has failed after three retries, each 60 seconds after the end of the previous attempt")
    func retries() {
        let policy = DeliveryPolicy()
        for attempts in 1...3 {
            let verdict = policy.verdict(on: attempt(500), attempts: attempts)
            #expect(verdict == .retry(at: Fixtures.now + .milliseconds(60_250)))
        }
        #expect(policy.verdict(on: attempt(500), attempts: 4) == .failed)
        #expect(policy.verdict(on: attempt(nil), attempts: 5) == .failed)
    }

    @Test("The whole delay applies after an attempt that timed out")
    func timeout() {
        let verdict = DeliveryPolicy().verdict(on: attempt(nil, duration: DeliveryPolicy.timeout), attempts: 1)
        #expect(verdict == .retry(at: Fixtures.now + .seconds(70)))
    }

    @Test("An attempt for which this server had no resources is never counted")
    func deferred() {
        let attempt = Delivery.Attempt(
            at: Fixtures.now, duration: .milliseconds(250), statusCode: nil, error: "no room", response: [],
            counts: false
        )
        for attempts in 1...5 {
            let verdict = DeliveryPolicy().verdict(on: attempt, attempts: attempts)
            #expect(verdict == .deferred(until: Fixtures.now + .milliseconds(5_250)))
        }
    }

    @Test("The delay is configurable")
    func delay() {
        let verdict = DeliveryPolicy(retryDelay: .milliseconds(500)).verdict(on: attempt(302), attempts: 3)
        #expect(verdict == .retry(at: Fixtures.now + .milliseconds(750)))
    }

    @Test("Limits match the guide and the contract")
    func numbers() {
        #expect(DeliveryPolicy.retries == 3)
        #expect(DeliveryPolicy().retryDelay == .seconds(60))
        #expect(DeliveryPolicy.timeout == .seconds(10))
        #expect(DeliveryPolicy.responseLimit == 1024)
    }
}
