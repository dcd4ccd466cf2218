/// How far a remote clock, which is read over a network, is ahead of the local one.
///
/// A reading was taken at some moment between its request and its response, which bounds the offset from both sides (Cristian's
/// algorithm). The known offset changes only as far as a reading contradicts it: a slow response does not change it, and after the
/// remote clock was set the next reading corrects it.
package struct ClockOffset: Hashable, Sendable {
    /// The remote clock's time minus the local one's; `nil` before the first reading.
    package private(set) var value: Duration?

    package init() {}

    /// Applies a reading.
    /// - Parameters:
    ///   - remote: the remote clock's time.
    ///   - sent: the local time before the request.
    ///   - received: the local time after the response, not less than `sent`.
    package mutating func note(_ remote: Duration, between sent: Duration, and received: Duration) {
        let (least, most) = (remote - received, remote - sent)
        value = value.map { min(max($0, least), most) } ?? (least + most) / 2
    }
}
