internal import NIOCore
internal import PharmacyDomain
internal import Synchronization

/// Which of several addresses of a receiver worked last, for as long as a connection to it is likely to be open: meanwhile
/// the others are not tried again.
final class WorkingAddresses: Sendable {
    private struct Entry {
        let address: IPAddress
        let expiresAt: NIODeadline
    }

    private let entries = Mutex<[String: Entry]>([:])

    /// - Parameter name: the host and the port.
    func address(of name: String) -> IPAddress? {
        entries.withLock { entries in
            guard let entry = entries[name], .now() < entry.expiresAt else { return nil }
            return entry.address
        }
    }

    func note(_ address: IPAddress, of name: String) {
        let now = NIODeadline.now()
        let kept = TimeAmount.milliseconds(ServiceLimits.workingAddressKept.milliseconds)
        entries.withLock { entries in
            if entries[name] == nil, entries.count >= ServiceLimits.workingAddresses {
                entries = entries.filter { now < $0.value.expiresAt }
                // Where all are in use the newest is not remembered, and costs its receiver one connection more each time.
                guard entries.count < ServiceLimits.workingAddresses else { return }
            }
            entries[name] = Entry(address: address, expiresAt: now + kept)
        }
    }

    /// Forgets an address that no longer works.
    func forget(_ address: IPAddress, of name: String) {
        entries.withLock { entries in
            if entries[name]?.address == address { entries[name] = nil }
        }
    }
}
