/// Retries, timeouts and limits of webhooks (guide, section 5, Retry Policy; contract, Webhooks).
package struct DeliveryPolicy: Hashable, Sendable {
    /// Retries after the first attempt.
    package static let retries = 3
    /// Retries of `RetrySchedule.extended`. With the guide's delay the last is 2 days, 20 hours and 15 minutes after the first
    /// attempt.
    package static let extendedRetries = 12
    /// The most that the pauses of `RetrySchedule.extended` take together.
    package static let extendedSpan = Duration.hours(72)
    /// Of a whole attempt.
    package static let timeout = Duration.seconds(10)
    /// The most bytes of a response's body that are stored.
    package static let responseLimit = 1024
    /// How long a delivery waits for which this server had no resources: short, but long enough for a burst to pass.
    package static let deferral = Duration.seconds(5)

    /// Between two attempts; the first pause of `RetrySchedule.extended`.
    package let retryDelay: Duration

    package init(retryDelay: Duration = .seconds(60)) {
        self.retryDelay = retryDelay
    }

    package enum Verdict: Hashable, Sendable {
        case succeeded
        case retry(at: Timestamp)
        case failed
        /// No attempt was made and none is counted. The delivery is due again at that time.
        case deferred(until: Timestamp)
    }

    /// What follows an attempt.
    /// - Parameter attempts: the number of attempts since the delivery was made or redelivered, including this one.
    package func verdict(
        on attempt: Delivery.Attempt, attempts: Int, schedule: RetrySchedule = .standard
    ) -> Verdict {
        if attempt.isSuccess { return .succeeded }
        guard attempt.counts else { return .deferred(until: attempt.at + attempt.duration + DeliveryPolicy.deferral) }
        guard let delay = delay(beforeRetry: attempts, schedule) else { return .failed }
        return .retry(at: attempt.at + attempt.duration + delay)
    }

    /// The pause before a retry, which is counted from 1; `nil` where the schedule has no such retry.
    ///
    /// The extended schedule has at least the retries of the standard one, whatever the delay is that the server is set to.
    package func delay(beforeRetry retry: Int, _ schedule: RetrySchedule) -> Duration? {
        let isStandard = retry <= DeliveryPolicy.retries
        switch schedule {
        case .standard: return isStandard ? retryDelay : nil
        case .extended:
            guard retry <= DeliveryPolicy.extendedRetries else { return nil }
            // The pauses up to this retry are 1, 2, 4 … times the delay, which are one less than the next power together.
            let factor = 1 << (retry - 1)
            if retryDelay * (2 * factor - 1) <= DeliveryPolicy.extendedSpan { return retryDelay * factor }
            return isStandard ? retryDelay : nil
        }
    }

    /// The longest pause of a schedule.
    package func longestDelay(_ schedule: RetrySchedule) -> Duration {
        (1...DeliveryPolicy.extendedRetries).compactMap { delay(beforeRetry: $0, schedule) }.max() ?? retryDelay
    }

    /// The most attempts of a round under any schedule.
    package static let mostAttempts = max(retries, extendedRetries) + 1
}
