internal import NIOCore
internal import NIOPosix
internal import PharmacyDomain
internal import Synchronization

/// Rings at the earliest of the moments for which it was set, on a thread that never blocks: what waits for a thread that
/// is stuck must not wait with it.
///
/// One timer serves all: while the next moment is known, setting it again costs a comparison.
final class Alarm: Sendable {
    typealias Ring = @Sendable () -> ContinuousClock.Instant?

    private let next = Mutex<ContinuousClock.Instant?>(nil)

    /// - Parameters:
    ///   - moment: when to ring; it may ring earlier for another.
    ///   - ring: the same each time. Returns the next moment; `nil` where nothing waits.
    func set(_ moment: ContinuousClock.Instant, _ ring: @autoclosure () -> Ring) {
        let isEarlier = next.withLock { next in
            if let next, next <= moment { return false }
            next = moment
            return true
        }
        guard isEarlier else { return }
        let ring = ring()
        let delay = max(.zero, ContinuousClock.now.duration(to: moment))
        MultiThreadedEventLoopGroup.singleton.any().scheduleTask(in: .milliseconds(delay.milliseconds + 1)) {
            [self] in
            // One that was set for an earlier moment meanwhile goes on in its place.
            let isDue = next.withLock { next in
                guard next == moment else { return false }
                next = nil
                return true
            }
            if isDue, let following = ring() { set(following, ring) }
        }
    }
}
