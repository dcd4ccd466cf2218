/// Daily work that one of several nodes does. The raw value is the number of its row.
package enum ScheduledJob: Int64, Sendable {
    case integrityCheck = 1
    /// Not a job: the row that `SystemScope.probeWrite` writes, with the time of the last probe.
    case writeProbe = 0
    /// Not a job, and not a row: the insertion that `SystemScope.probeWrite` rolls back.
    case roomProbe = -1
}
