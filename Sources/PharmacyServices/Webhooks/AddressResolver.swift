internal import Glibc
internal import NIOPosix
internal import PharmacyDomain

/// Turns names into addresses with the operating system's resolver, on threads of its own: `getaddrinfo` blocks.
final class AddressResolver: Sendable {
    private let threads: NIOThreadPool

    /// Enough for names that resolve slowly not to hold up the others.
    private static let threadCount = 4

    init() {
        threads = NIOThreadPool(numberOfThreads: AddressResolver.threadCount)
        threads.start()
    }

    /// Every address of a name, in the resolver's order; empty when it has none.
    func addresses(of host: String) async throws -> [IPAddress] {
        try await threads.runIfActive { AddressResolver.lookUp(host) }
    }

    func shutdown() async {
        try? await threads.shutdownGracefully()
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
