internal import NIOCore

/// When a connection is closed for having been silent, and the one timer that watches it.
///
/// Deadlines move with every request. The timer is set again only where one comes earlier, and looks again when it ends,
/// so that a request that arrives in one read sets none.
struct ConnectionDeadline {
    /// `nil` for none: the server has to act, not the client.
    private(set) var due: NIODeadline?
    private var timer: (task: Scheduled<Void>, due: NIODeadline)?

    /// Moves the deadline.
    /// - Returns: when a timer has to end, where the one that is set would end too late.
    mutating func move(to due: NIODeadline?) -> NIODeadline? {
        self.due = due
        guard let due, timer.map({ due < $0.due }) ?? true else { return nil }
        return due
    }

    mutating func watch(with task: Scheduled<Void>, until due: NIODeadline) {
        timer?.task.cancel()
        timer = (task, due)
    }

    /// Takes note that the timer has ended.
    mutating func timerEnded() { timer = nil }

    mutating func cancel() {
        timer?.task.cancel()
        (timer, due) = (nil, nil)
    }
}
