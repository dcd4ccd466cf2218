package import PharmacyDomain

/// The latest run of a scheduled job that was finished.
package struct ScheduledRun: Hashable, Sendable {
    /// `nil` before the first.
    package let finishedAt: Timestamp?
    /// What it came to, in the job's own words.
    package let outcome: String
}
