/// Which addresses the server may send webhooks to.
package struct EgressPolicy: Hashable, Sendable {
    package let allowsPlainHTTP: Bool
    package let allowsLoopback: Bool

    package init(allowsPlainHTTP: Bool, allowsLoopback: Bool) {
        self.allowsPlainHTTP = allowsPlainHTTP
        self.allowsLoopback = allowsLoopback
    }

    /// The policy for one tenant: https to public addresses, and for sandboxes plain http too.
    /// - Parameter servedOnLoopback: whether sandboxes may call loopback addresses. The settings decide, not the bind address: a
    ///   reverse proxy on the same machine reaches the server on loopback.
    package init(tenant: Tenant.Kind, servedOnLoopback: Bool) {
        self.allowsPlainHTTP = tenant == .sandbox
        self.allowsLoopback = tenant == .sandbox && servedOnLoopback
    }

    /// The end of a sentence that begins with the field's name.
    static let oddHost = "must name a host, or an address in its usual form."

    package func allows(_ address: IPAddress) -> Bool {
        address.isPublic || (allowsLoopback && address.isLoopback)
    }

    /// Why a URL's host is refused before it is resolved; `nil` when it may be tried.
    ///
    /// A host of digits and dots alone counts as an address in one of its many notations (decimal, octal, hexadecimal), of which
    /// only the usual one is accepted.
    package func refusal(ofHost host: String) -> String? {
        var name = host.lowercased()
        if name.hasPrefix("["), name.hasSuffix("]") { name = String(name.dropFirst().dropLast()) }
        if let address = IPAddress(name) {
            return allows(address) ? nil : "must not point to an address that is not public."
        }
        while name.hasSuffix(".") { name.removeLast() }
        let last = name.split(separator: ".").last.map(String.init) ?? ""
        let isNumeric = last.utf8.allSatisfy(ASCIIDigits.isDigit) || last.hasPrefix("0x")
        let isName = name.utf8.allSatisfy {
            ASCIIDigits.isDigit($0) || (UInt8(ascii: "a")...UInt8(ascii: "z")).contains($0) || "-._".utf8.contains($0)
        }
        if name.isEmpty || isNumeric || !isName { return EgressPolicy.oddHost }
        if last == "localhost" && !allowsLoopback { return "must not point to an address that is not public." }
        return nil
    }
}
