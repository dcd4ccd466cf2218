internal import NIOCore
internal import NIOPosix
internal import PharmacyDomain

/// Finds the first of several addresses of a receiver that accepts a connection, as RFC 8305 describes: each address is tried
/// 250 ms after the one before, or at once where that one refuses.
///
/// The connection is closed again: requests use the connection pool of the address that has won.
enum ConnectionRace {
    /// - Parameters:
    ///   - first: the address that is tried first.
    ///   - others: in the order in which they are tried. The caller has checked each.
    ///   - limit: for all of them.
    /// - Throws: `NIOConnectionError` where none can be reached.
    static func winner(
        of first: IPAddress, _ others: [IPAddress], port: Int, within limit: TimeAmount,
        on group: MultiThreadedEventLoopGroup
    ) async throws -> IPAddress {
        let addresses = [first] + others
        let targets = try addresses.map { try SocketAddress(ipAddress: $0.text, port: port) }
        let loop = group.any()
        let channel = try await ClientBootstrap(group: loop)
            .connectTimeout(limit)
            .resolver(KnownAddresses(targets, on: loop))
            .connect(host: "receiver", port: port).get()
        let remote = channel.remoteAddress
        channel.close(promise: nil)
        // A receiver that has closed the connection meanwhile has no remote address. Then the request decides.
        return zip(addresses, targets).first { $0.1 == remote }?.0 ?? first
    }

    /// RFC 8305, section 4: the preferred address first, then one of the other family, and so on.
    static func interlaced(_ addresses: [IPAddress]) -> [IPAddress] {
        guard let length = addresses.first?.bytes.count else { return [] }
        let preferred = addresses.filter { $0.bytes.count == length }
        let others = addresses.filter { $0.bytes.count != length }
        return (0..<max(preferred.count, others.count)).flatMap { index in
            [preferred, others].compactMap { $0.indices.contains(index) ? $0[index] : nil }
        }
    }

    /// Returns known addresses. NIO tries AAAA records in the order in which they arrive.
    private struct KnownAddresses: Resolver, Sendable {
        private let addresses: [SocketAddress]
        private let loop: any EventLoop

        init(_ addresses: [SocketAddress], on loop: any EventLoop) {
            self.addresses = addresses
            self.loop = loop
        }

        func initiateAQuery(host: String, port: Int) -> EventLoopFuture<[SocketAddress]> {
            loop.makeSucceededFuture([])
        }

        func initiateAAAAQuery(host: String, port: Int) -> EventLoopFuture<[SocketAddress]> {
            loop.makeSucceededFuture(addresses)
        }

        func cancelQueries() {}
    }
}
