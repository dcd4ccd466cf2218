/// What an opened database is, compared with what is known of it.
package enum IncarnationVerdict: Hashable, Sendable {
    /// It goes on in its epoch.
    case same
    /// It has no epoch yet, and nothing says that it had one.
    case first
    /// It is somewhere else than when its epoch began: restored, copied or promoted.
    case moved
    /// It is behind what was seen of it: an earlier state of it was put in its place.
    case wentBack

    /// - Parameters:
    ///   - stored: what the database says; `nil` where it has no epoch.
    ///   - origin: where the database is.
    ///   - sequence: the number of the newest entry of its audit log.
    ///   - mark: what was seen of it before. It is only believed where it is ahead: a mark may be old, and the database may
    ///     have begun a new epoch since, opened by another node.
    package init(stored: Incarnation?, origin: String, sequence: Int64, mark: IncarnationMark?) {
        guard let stored else {
            self = mark == nil ? .first : .wentBack
            return
        }
        guard stored.origin == origin else {
            self = .moved
            return
        }
        let found = IncarnationMark(epoch: stored.epoch, since: stored.since, sequence: sequence, origin: origin)
        self = mark?.isAhead(of: found) == true ? .wentBack : .same
    }
}
