internal import AsyncHTTPClient
internal import Glibc
internal import NIOCore
internal import NIOPosix
internal import PharmacyDomain
internal import PharmacyStore

/// Why something failed, in words for the operator's log.
///
/// Words of our own errors are taken as they are, for they hold no value of a record. Of all others only what cannot hold
/// one is taken: the operating system's reason, or the name of the error and of its case.
package enum FailureCause {
    /// One line.
    package static func words(_ error: any Error) -> String {
        switch error {
        case let error as StoreError: error.description
        case let error as PharmacySystemFailure: error.words
        case let error as AuditAnchorFile.Failure: error.description
        case ServiceError.storageUnavailable: "the database cannot be used"
        case ServiceError.pharmacyUnavailable: "the pharmacy system does not respond"
        case is CancellationError: "it was broken off"
        case let error as IOError: String(cString: strerror(error.errnoCode)).lowercased()
        case let error as NIOConnectionError: connecting(error)
        case let error as HTTPClientError: error.shortDescription
        default: name(error)
        }
    }

    /// Whether the store failed: its cause is in the log already (`OutageLog`).
    package static func isStoreFault(_ error: any Error) -> Bool {
        switch error {
        case let error as StoreError: error.fault != nil || error == .closed
        case ServiceError.storageUnavailable: true
        default: false
        }
    }

    /// Each address is tried; the last says why none answered. The host is the setting's matter.
    private static func connecting(_ error: NIOConnectionError) -> String {
        if let last = error.connectionErrors.last { return "connecting failed: \(words(last.error))" }
        return error.dnsAError == nil && error.dnsAAAAError == nil
            ? "connecting failed" : "connecting failed: the host's name has no address"
    }

    /// The type, and of an enumeration the case, without what it carries. BoringSSL's reason for a failed handshake is a
    /// word of its own and names nothing.
    private static func name(_ error: any Error) -> String {
        let type = "\(type(of: error))"
        let mirror = Mirror(reflecting: error)
        guard mirror.displayStyle == .enum else { return type }
        // A case that carries nothing prints as its name, unless it has a description of its own.
        let isDescribed = error is any CustomStringConvertible || error is any CustomDebugStringConvertible
        guard let label = mirror.children.first?.label ?? (isDescribed ? nil : "\(error)") else { return type }
        guard String(reflecting: Swift.type(of: error)).hasPrefix("NIOSSL.") else { return "\(type).\(label)" }
        let reason = String(describing: error).split { !($0.isUppercase || $0.isNumber || $0 == "_") }
            .max { $0.count < $1.count }
        let said = reason.flatMap { $0.contains("_") ? ", \($0)" : nil }
        return "TLS failure (\(label)\(said ?? ""))"
    }
}
