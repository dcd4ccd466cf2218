import NIOCore
import PharmacyDomain

extension IPAddress {
    /// The address of a socket; `nil` for a Unix domain socket.
    init?(_ address: SocketAddress) {
        // Where the address is in `sockaddr_in` and `sockaddr_in6`.
        let place: Range<Int>? =
            switch address {
            case .v4: 4..<8
            case .v6: 8..<24
            case .unixDomainSocket: nil
            }
        guard let place else { return nil }
        self.init(
            bytes: address.withSockAddr { start, size in
                Array(UnsafeRawBufferPointer(start: start, count: size)[place])
            })
    }
}
