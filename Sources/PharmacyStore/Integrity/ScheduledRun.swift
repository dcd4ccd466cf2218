package import PharmacyDomain

/// The latest finished run of a scheduled job.
package struct ScheduledRun: Hashable, Sendable {
    /// `nil` before the first.
    package let finishedAt: Timestamp?
    /// The job's own description of the result.
    package let outcome: String
}
