import PharmacyDomain
import Testing

@Suite("Health of a webhook URL")
struct EndpointHealthTests {
    private let start = Timestamp(milliseconds: 1_766_423_701_000)

    private func attempt(at moment: Timestamp, status: Int?, error: String? = nil) -> Delivery.Attempt {
        Delivery.Attempt(at: moment, duration: .seconds(1), statusCode: status, error: error, response: [])
    }

    /// The health after deliveries that failed so many hours after the start.
    private func failing(atHours hours: [Int]) -> EndpointHealth {
        var health = EndpointHealth()
        for hour in hours {
            health.note(attempt(at: start + .hours(hour), status: 503), verdict: .failed)
        }
        return health
    }

    @Test(
        "A URL counts as failing after five deliveries have permanently failed within a day",
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

    @Test("One success ends the failing state; the last failure is still shown")
    func success() {
        var health = failing(atHours: [0, 1, 2, 3, 4])
        health.note(attempt(at: start + .hours(5), status: 204), verdict: .succeeded)
        #expect(!health.isFailing)
        #expect(health.failures == 0)
        #expect(health.lastSuccess == start + .hours(5) + .seconds(1))
        #expect(health.lastFailure == start + .hours(4) + .seconds(1))
    }

    @Test("An attempt that is retried does not count as a failure, and its error is shown")
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
