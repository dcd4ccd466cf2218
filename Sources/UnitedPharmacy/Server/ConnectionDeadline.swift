internal import NIOCore

/// The time at which an idle connection is closed, and its timer.
///
/// The deadline moves with every request. The timer is only replaced when a deadline moves to an earlier time;
/// otherwise it checks the deadline when it fires. So a request that is received in one read sets no timer.
struct ConnectionDeadline {
    /// `nil` while the server, not the client, has to act.
    private(set) var due: NIODeadline?
    private var timer: (task: Scheduled<Void>, due: NIODeadline)?

    /// Moves the deadline.
    /// - Returns: when a new timer must fire, if the current one would fire too late.
    mutating func move(to due: NIODeadline?) -> NIODeadline? {
        self.due = due
        guard let due, timer.map({ due < $0.due }) ?? true else { return nil }
        return due
    }

    mutating func watch(with task: Scheduled<Void>, until due: NIODeadline) {
        timer?.task.cancel()
        timer = (task, due)
    }

    /// Must be called when the timer has fired.
    mutating func timerEnded() { timer = nil }

    mutating func cancel() {
        timer?.task.cancel()
        (timer, due) = (nil, nil)
    }
}
