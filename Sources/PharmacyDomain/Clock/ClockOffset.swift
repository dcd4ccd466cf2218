/// How far a clock that is read over a network is ahead of one at hand, as readings have shown.
///
/// A reading was taken at some moment between its request and its response, which bounds the offset from both sides
/// (Cristian's algorithm). What is known is changed only as far as a reading contradicts it: a slow response moves nothing,
/// and a remote clock that was set is followed with the next reading.
package struct ClockOffset: Hashable, Sendable {
    /// The remote clock's reading less that of the clock at hand; `nil` before the first reading.
    package private(set) var value: Duration?

    package init() {}

    /// Takes in a reading.
    /// - Parameters:
    ///   - remote: what the remote clock said.
    ///   - sent: what the clock at hand said before it was asked.
    ///   - received: and when the response was there; not less than `sent`.
    package mutating func note(_ remote: Duration, between sent: Duration, and received: Duration) {
        let (least, most) = (remote - received, remote - sent)
        value = value.map { min(max($0, least), most) } ?? (least + most) / 2
    }
}
