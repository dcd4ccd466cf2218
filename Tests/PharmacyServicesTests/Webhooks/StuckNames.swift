import Foundation
import PharmacyDomain
import PharmacyServices
import Synchronization

/// A resolver whose look-ups of names below `stuck.example` block their threads until they are released. Every other name
/// resolves to this machine, and so do those after their release.
final class StuckNames: Sendable {
    // An NSCondition may be used from any thread; what it guards is read and changed under its lock alone.
    private final class Gate: @unchecked Sendable {
        private let condition = NSCondition()
        private var isOpen = false
        private var waiting: [String] = []

        var held: [String] { condition.withLock { waiting } }

        func wait(_ name: String) {
            condition.withLock {
                waiting.append(name)
                while !isOpen { condition.wait() }
            }
        }

        func open() {
            condition.withLock {
                isOpen = true
                condition.broadcast()
            }
        }
    }

    private let gate = Gate()
    private let asked = Mutex<[String]>([])

    /// Names whose look-ups have held a thread so far.
    var held: [String] { gate.held }

    /// Every look-up that was made.
    var lookups: [String] { asked.withLock(\.self) }

    func resolver(timeout: Duration = ServiceLimits.lookupTimeout) -> AddressResolver {
        AddressResolver(timeout: timeout) { [self] host throws(NameLookupFailure) in
            asked.withLock { $0.append(host) }
            if host.hasSuffix("stuck.example") { gate.wait(host) }
            return [IPAddress("127.0.0.1")].compactMap(\.self)
        }
    }

    /// Releases all look-ups, including later ones.
    func release() { gate.open() }
}
