internal import AsyncHTTPClient
internal import Glibc
internal import NIOCore
internal import NIOPosix
internal import PharmacyDomain
internal import PharmacyStore

/// The cause of a failure, for the operator's log.
///
/// Descriptions of this program's errors (`LoggableError`, `StoreError`) contain no value of a record. Of other errors only the
/// operating system's reason, or the name of the error and of its case, is used.
package enum FailureCause {
    /// One line.
    package static func words(_ error: any Error) -> String {
        switch error {
        case let error as StoreError: error.description
        case let error as any LoggableError: error.words
        case ServiceError.storageUnavailable: "the database cannot be used"
        case ServiceError.pharmacyUnavailable: "the pharmacy system does not respond"
        case is CancellationError: "it was cancelled"
        case let error as IOError: String(cString: strerror(error.errnoCode)).lowercased()
        case let error as NIOConnectionError: connecting(error)
        case let error as HTTPClientError: error.shortDescription
        default: name(error)
        }
    }

    /// Whether the store failed. `OutageLog` has logged the cause already.
    package static func isStoreFault(_ error: any Error) -> Bool {
        switch error {
        case let error as StoreError: error.fault != nil || error == .closed
        case ServiceError.storageUnavailable: true
        default: false
        }
    }

    /// Each address is tried, and the last error is reported for all. The host is not named: the setting names it.
    private static func connecting(_ error: NIOConnectionError) -> String {
        if let last = error.connectionErrors.last { return "connecting failed: \(words(last.error))" }
        return error.dnsAError == nil && error.dnsAAAAError == nil
            ? "connecting failed" : "connecting failed: the host's name has no address"
    }

    /// The name of the type and, for an enumeration, of the case without its values. BoringSSL's reason for a failed handshake is a
    /// constant without values.
    private static func name(_ error: any Error) -> String {
        let type = "\(type(of: error))"
        let mirror = Mirror(reflecting: error)
        guard mirror.displayStyle == .enum else { return type }
        // A case without values is printed as its name, unless the type has a description of its own.
        let isDescribed = error is any CustomStringConvertible || error is any CustomDebugStringConvertible
        guard let label = mirror.children.first?.label ?? (isDescribed ? nil : "\(error)") else { return type }
        guard String(reflecting: Swift.type(of: error)).hasPrefix("NIOSSL.") else { return "\(type).\(label)" }
        let reason = String(describing: error).split { !($0.isUppercase || $0.isNumber || $0 == "_") }
            .max { $0.count < $1.count }
        let detail = reason.flatMap { $0.contains("_") ? ", \($0)" : nil }
        return "TLS failure (\(label)\(detail ?? ""))"
    }
}
