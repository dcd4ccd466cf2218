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

    @Test("The extended schedule doubles its pauses for 12 retries within 3 days")
    func extended() {
        let policy = DeliveryPolicy()
        let pauses = (1...12).map { policy.delay(beforeRetry: $0, .extended) }
        #expect(pauses == (0..<12).map { .seconds(60 << $0) })
        #expect(pauses.compactMap(\.self).reduce(.zero, +) == .seconds(245_700))
        #expect(policy.longestDelay(.extended) == .seconds(122_880))
        #expect(policy.longestDelay(.standard) == .seconds(60))
        let end = Fixtures.now + .milliseconds(250)
        #expect(policy.verdict(on: attempt(500), attempts: 5, schedule: .extended) == .retry(at: end + .seconds(960)))
        #expect(policy.verdict(on: attempt(500), attempts: 13, schedule: .extended) == .failed)
        #expect(policy.verdict(on: attempt(200), attempts: 13, schedule: .extended) == .succeeded)
        #expect(DeliveryPolicy.mostAttempts == 13)
    }

    @Test(
        "The extended schedule ends within 3 days, but not before the standard one, whatever the delay is",
        arguments: [.milliseconds(1), .minutes(5), .hours(1), .hours(24)] as [Duration])
    func otherDelays(delay: Duration) {
        let policy = DeliveryPolicy(retryDelay: delay)
        let pauses = (1...20).compactMap { policy.delay(beforeRetry: $0, .extended) }
        #expect((DeliveryPolicy.retries...DeliveryPolicy.extendedRetries).contains(pauses.count))
        let sum = pauses.reduce(.zero, +)
        #expect(sum <= max(DeliveryPolicy.extendedSpan, delay * DeliveryPolicy.retries + delay))
        #expect(sum >= delay * DeliveryPolicy.retries)
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
