/// Recognizes hosts that are this machine by their names, without resolving them.
package enum LoopbackHost {
    /// Whether a host is `localhost`, an address in `127.0.0.0/8`, or `::1`, with or without brackets.
    ///
    /// Other names may resolve to other machines, and an address that only embeds a loopback address (NAT64, `64:ff9b::/96`) leads
    /// to another machine.
    package static func contains(_ host: String) -> Bool {
        var name = host.lowercased()
        if name == "localhost" { return true }
        if name.hasPrefix("["), name.hasSuffix("]") { name = String(name.dropFirst().dropLast()) }
        guard let address = IPAddress(name) else { return false }
        return address.bytes.count == 4 ? address.bytes[0] == 127 : address.isLoopback && address.embedded == address
    }
}
