internal import NIOCore
internal import PharmacyDomain
internal import Synchronization

/// The address of each receiver that worked last, for as long as a connection to it is likely to be open. Meanwhile the
/// receiver's other addresses are not tried.
final class WorkingAddresses: Sendable {
    private struct Entry {
        let address: IPAddress
        let expiresAt: NIODeadline
    }

    private let entries = Mutex(BoundedCache<String, Entry>(capacity: ServiceLimits.workingAddresses))

    /// - Parameter name: the host and the port.
    func address(of name: String) -> IPAddress? {
        entries.withLock { entries in
            guard let entry = entries[name], .now() < entry.expiresAt else { return nil }
            return entry.address
        }
    }

    func note(_ address: IPAddress, of name: String) {
        let now = NIODeadline.now()
        let retention = TimeAmount.milliseconds(ServiceLimits.workingAddressRetention.milliseconds)
        entries.withLock { entries in
            // An address that is removed to make room costs its receiver one more connection.
            _ = entries.insert(Entry(address: address, expiresAt: now + retention), for: name)
        }
    }

    /// Forgets an address that no longer works.
    func forget(_ address: IPAddress, of name: String) {
        entries.withLock { entries in
            if entries[name]?.address == address { entries.removeValue(for: name) }
        }
    }
}
