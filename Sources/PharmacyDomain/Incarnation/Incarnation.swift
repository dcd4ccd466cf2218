/// The course of changes that a database is in. It ends when something that was committed is taken back: what was read
/// before then says nothing about what comes after.
package struct Incarnation: Hashable, Sendable {
    package let epoch: Epoch
    /// Where the database was when the epoch began, in the engine's words; `nil` in a copy that has not been opened.
    package let origin: String?
    package let since: Timestamp
    /// Whether the database had no epoch before this one: cursors from that time carry none and are valid in this one.
    package let isFirst: Bool

    package init(epoch: Epoch, origin: String?, since: Timestamp, isFirst: Bool) {
        self.epoch = epoch
        self.origin = origin
        self.since = since
        self.isFirst = isFirst
    }

    /// The incarnation that follows this one. Its time is later, whatever the clock says: the order of a database's
    /// epochs is read from their times.
    package func successor(_ epoch: Epoch, origin: String, at now: Timestamp) -> Incarnation {
        Incarnation(
            epoch: epoch, origin: origin, since: max(now, since + .milliseconds(1)), isFirst: false)
    }
}

/// How far a database had come when somebody looked, kept outside of it.
package struct IncarnationMark: Hashable, Sendable {
    package let epoch: Epoch
    package let since: Timestamp
    /// The number of the newest entry of the audit log, which never decreases within an epoch.
    package let sequence: Int64
    /// Where the database was: the mark says nothing about one that is somewhere else. It has no line feed.
    package let origin: String

    package init(epoch: Epoch, since: Timestamp, sequence: Int64, origin: String) {
        self.epoch = epoch
        self.since = since
        self.sequence = sequence
        self.origin = origin
    }

    /// Whether the database was further here than there: something was taken back if that is how it is now.
    package func isAhead(of other: IncarnationMark) -> Bool {
        guard origin == other.origin else { return false }
        return epoch == other.epoch ? sequence > other.sequence : since > other.since
    }
}

extension IncarnationMark: CustomStringConvertible {
    /// The epoch, its time in milliseconds, the number and the origin, on one line.
    package var description: String { "\(epoch) \(since.milliseconds) \(sequence) \(origin)" }

    /// Reads exactly what `description` writes; `nil` for anything else.
    package init?(_ text: String) {
        let words = text.split(separator: " ", maxSplits: 3, omittingEmptySubsequences: false)
        guard words.count == 4, let epoch = Epoch(words[0]), let since = Int64(words[1]), let sequence = Int64(words[2])
        else { return nil }
        self.init(
            epoch: epoch, since: Timestamp(milliseconds: since), sequence: sequence, origin: String(words[3]))
        guard description == text else { return nil }
    }
}

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
