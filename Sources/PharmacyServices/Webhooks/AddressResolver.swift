internal import Glibc
internal import NIOPosix
package import PharmacyDomain
internal import Synchronization

/// Turns names into addresses.
package protocol NameResolving: Sendable {
    /// Every address of a name, the preferred first; empty when it has none.
    /// - Throws: `CancellationError`, at once when the task is cancelled.
    func addresses(of host: String) async throws -> [IPAddress]

    /// Waits for the lookups under way.
    func shutdown() async
}

/// Turns names into addresses with the operating system's resolver, on threads of its own: `getaddrinfo` blocks.
///
/// It cannot be interrupted either, so a cancelled caller leaves it to itself; and callers that ask for one name at a
/// time share one lookup, so that a name that hangs holds one thread only.
final class AddressResolver: NameResolving {
    private struct Lookups {
        var lastWaiter: UInt64 = 0
        /// By host; a host has an entry while its lookup is under way.
        var waiters: [String: [UInt64: CheckedContinuation<[IPAddress], any Error>]] = [:]
    }

    /// Enough for names that resolve slowly not to hold up the others.
    private static let threadCount = 16

    private let threads: NIOThreadPool
    private let lookups = Mutex(Lookups())

    init() {
        threads = NIOThreadPool(numberOfThreads: AddressResolver.threadCount)
        threads.start()
    }

    /// Every address of a name, in the resolver's order; empty when it has none.
    /// - Throws: `CancellationError`, at once when the task is cancelled.
    func addresses(of host: String) async throws -> [IPAddress] {
        let waiter = lookups.withLock { lookups in
            lookups.lastWaiter += 1
            return lookups.lastWaiter
        }
        return try await withTaskCancellationHandler {
            try await withCheckedThrowingContinuation { continuation in
                let isFirst: Bool? = lookups.withLock { lookups in
                    // The cancellation handler may have run before there was anything to take away.
                    if Task.isCancelled { return nil }
                    let isFirst = lookups.waiters[host] == nil
                    lookups.waiters[host, default: [:]][waiter] = continuation
                    return isFirst
                }
                switch isFirst {
                case nil: continuation.resume(throwing: CancellationError())
                case true?: start(host)
                case false?: break
                }
            }
        } onCancel: {
            let continuation = lookups.withLock { $0.waiters[host]?.removeValue(forKey: waiter) }
            continuation?.resume(throwing: CancellationError())
        }
    }

    /// Waits for the lookups under way.
    func shutdown() async {
        try? await threads.shutdownGracefully()
    }

    private func start(_ host: String) {
        threads.submit { state in
            let result: Result<[IPAddress], any Error> =
                switch state {
                case .active: .success(AddressResolver.lookUp(host))
                case .cancelled: .failure(CancellationError())
                }
            let waiters = self.lookups.withLock { $0.waiters.removeValue(forKey: host) }
            for continuation in (waiters ?? [:]).values { continuation.resume(with: result) }
        }
    }

    private static func lookUp(_ host: String) -> [IPAddress] {
        var hints = addrinfo()
        hints.ai_socktype = Int32(SOCK_STREAM.rawValue)
        var list: UnsafeMutablePointer<addrinfo>?
        guard getaddrinfo(host, nil, &hints, &list) == 0 else { return [] }
        defer { freeaddrinfo(list) }
        var addresses: [IPAddress] = []
        var entry = list
        while let current = entry {
            if let address = address(in: current.pointee), !addresses.contains(address) { addresses.append(address) }
            entry = current.pointee.ai_next
        }
        return addresses
    }

    private static func address(in entry: addrinfo) -> IPAddress? {
        guard let raw = UnsafeRawPointer(entry.ai_addr) else { return nil }
        switch entry.ai_family {
        case AF_INET:
            let address = raw.loadUnaligned(as: sockaddr_in.self)
            return IPAddress(bytes: withUnsafeBytes(of: address.sin_addr) { Array($0) })
        case AF_INET6:
            let address = raw.loadUnaligned(as: sockaddr_in6.self)
            return IPAddress(bytes: withUnsafeBytes(of: address.sin6_addr) { Array($0) })
        default: return nil
        }
    }
}
