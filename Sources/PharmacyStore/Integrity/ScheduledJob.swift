/// Work that one of several nodes does at its time of the day, by the number of its row.
package enum ScheduledJob: Int64, Sendable {
    case integrityCheck = 1
    /// No job: its row is what `SystemScope.probeWrite` writes, with the time of the last probe.
    case writeProbe = 0
    /// No job, and no row: what `SystemScope.probeWrite` takes back.
    case roomProbe = -1
}
