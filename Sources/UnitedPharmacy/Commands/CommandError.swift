internal import Glibc
internal import NIOCore

/// Why the server did not start; its text is one sentence.
struct CommandError: Error, CustomStringConvertible {
    let description: String

    init(description: String) { self.description = description }

    /// What the operator can do about a server that could not listen, or was stopped by something of the system's.
    init(_ error: any Error, host: String, port: Int) {
        description =
            switch (error, (error as? IOError)?.errnoCode) {
            case (is SocketAddressError.UnknownHost, _): "No address is known for the host \(host) (UP_HOST)."
            case (_, EADDRINUSE):
                "Port \(port) of \(host) is in use by another program (UP_PORT)."
            case (_, EADDRNOTAVAIL): "\(host) (UP_HOST) is not an address of this machine."
            case (_, EACCES): "Port \(port) (UP_PORT) may not be listened on by this user."
            default: "The server stopped: \(error)."
            }
    }
}
