/// How often, and for how long, a failed delivery is retried (`DeliveryPolicy`).
package enum RetrySchedule: String, CaseIterable, Sendable {
    /// The guide's: 3 retries, 60 seconds apart (section 4, Retry Policy).
    case standard
    /// Each pause is twice the one before it, for up to 3 days in all.
    case extended
}
