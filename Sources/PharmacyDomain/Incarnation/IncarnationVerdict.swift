/// How an opened database compares with its recorded state.
package enum IncarnationVerdict: Hashable, Sendable {
    /// The epoch continues.
    case same
    /// A new database without an epoch.
    case first
    /// The database was restored, copied or promoted: it is elsewhere than when its epoch began.
    case moved
    /// The database was set back: a mark shows that it had come farther.
    case setBack

    /// - Parameters:
    ///   - stored: the database's epoch; `nil` without one.
    ///   - origin: where the database is.
    ///   - sequence: the number of the newest entry of its audit log.
    ///   - mark: an earlier state. It matters only if it is ahead: it may be old, and another node may have begun a new epoch
    ///     since.
    package init(stored: Incarnation?, origin: String, sequence: Int64, mark: IncarnationMark?) {
        guard let stored else {
            self = mark == nil ? .first : .setBack
            return
        }
        guard stored.origin == origin else {
            self = .moved
            return
        }
        let found = IncarnationMark(epoch: stored.epoch, since: stored.since, sequence: sequence, origin: origin)
        self = mark?.isAhead(of: found) == true ? .setBack : .same
    }
}
