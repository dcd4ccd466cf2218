import PharmacyDomain
import Testing

@Suite("Health of a webhook URL")
struct EndpointHealthTests {
    private let start = Timestamp(milliseconds: 1_766_423_701_000)

    private func attempt(at moment: Timestamp, status: Int?, error: String? = nil) -> Delivery.Attempt {
        Delivery.Attempt(at: moment, duration: .seconds(1), statusCode: status, error: error, answer: [])
    }

    /// The health after deliveries that failed for good so many hours after the start.
    private func failing(atHours hours: [Int]) -> EndpointHealth {
        var health = EndpointHealth()
        for hour in hours {
            health.note(attempt(at: start + .hours(hour), status: 503), verdict: .failed)
        }
        return health
    }

    @Test(
        "Five deliveries that fail for good within a day make it failing",
        arguments: [
            ([0, 1, 2, 3], false), ([0, 1, 2, 3, 4], true), ([0, 6, 12, 18, 24], true), ([0, 6, 12, 18, 25], false),
            ([0, 30, 31, 32, 33], false), ([0, 30, 31, 32, 33, 34], true),
        ])
    func failing(hours: [Int], isFailing: Bool) {
        let health = failing(atHours: hours)
        #expect(health.isFailing == isFailing)
        #expect(health.failures == hours.count)
        #expect(health.lastSuccess == nil)
        #expect(health.lastError == "answered with status 503")
    }

    @Test("One success ends it; the last failure is still told")
    func success() {
        var health = failing(atHours: [0, 1, 2, 3, 4])
        health.note(attempt(at: start + .hours(5), status: 204), verdict: .succeeded)
        #expect(!health.isFailing)
        #expect(health.failures == 0)
        #expect(health.lastSuccess == start + .hours(5) + .seconds(1))
        #expect(health.lastFailure == start + .hours(4) + .seconds(1))
    }

    @Test("An attempt that is retried counts for no failure, and its error is told")
    func retry() {
        var health = EndpointHealth()
        for _ in 1...10 {
            health.note(
                attempt(at: start, status: nil, error: "connection refused"), verdict: .retry(at: start + .minutes(1)))
        }
        #expect(health.failures == 0)
        #expect(!health.isFailing)
        #expect(health.lastError == "connection refused")
    }
}
