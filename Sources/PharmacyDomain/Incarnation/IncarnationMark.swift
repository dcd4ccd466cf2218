/// How far a database had come at some time, recorded outside the database.
package struct IncarnationMark: Hashable, Sendable {
    package let epoch: Epoch
    package let since: Timestamp
    /// The number of the newest entry of the audit log, which never decreases within an epoch.
    package let sequence: Int64
    /// Where the database was. The mark applies only to a database at the same place. It contains no line feed.
    package let origin: String

    package init(epoch: Epoch, since: Timestamp, sequence: Int64, origin: String) {
        self.epoch = epoch
        self.since = since
        self.sequence = sequence
        self.origin = origin
    }

    /// Whether this mark is ahead of another one: if the other one is the present state, changes were undone.
    package func isAhead(of other: IncarnationMark) -> Bool {
        guard origin == other.origin else { return false }
        return epoch == other.epoch ? sequence > other.sequence : since > other.since
    }
}

extension IncarnationMark: CustomStringConvertible {
    /// The epoch, its time in milliseconds since 1970, the sequence, and the origin, on one line.
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
