internal import NIOCore
internal import NIOPosix
internal import PharmacyDomain
internal import Synchronization

/// Calls an action at the earliest of the times for which it was set, on a thread that never blocks: callers that wait for a
/// stuck thread are resumed on time.
///
/// One timer serves all waiting callers: setting it again for a later time costs a comparison.
final class DeadlineTimer: Sendable {
    /// - Returns: the next time at which the action is to be called; `nil` where nothing waits.
    typealias Action = @Sendable () -> ContinuousClock.Instant?

    private let next = Mutex<ContinuousClock.Instant?>(nil)

    /// - Parameters:
    ///   - moment: when to call the action. Another caller's earlier time calls it, too.
    ///   - action: the same for each call of this method.
    func set(_ moment: ContinuousClock.Instant, _ action: @autoclosure () -> Action) {
        let isEarlier = next.withLock { next in
            if let next, next <= moment { return false }
            next = moment
            return true
        }
        guard isEarlier else { return }
        let action = action()
        let delay = max(.zero, ContinuousClock.now.duration(to: moment))
        MultiThreadedEventLoopGroup.singleton.any().scheduleTask(in: .milliseconds(delay.milliseconds + 1)) {
            [self] in
            // The timer may have been set for an earlier time, whose call replaces this one.
            let isDue = next.withLock { next in
                guard next == moment else { return false }
                next = nil
                return true
            }
            if isDue, let following = action() { set(following, action) }
        }
    }
}
