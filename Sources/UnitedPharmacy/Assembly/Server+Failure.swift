internal import Glibc
internal import NIOCore

extension Server {
    /// The reason why the server could not listen, or why it stopped, with the setting to change.
    func failure(_ error: any Error) -> CommandError {
        let (host, port) = (configuration.host, configuration.port)
        let description =
            switch (error, (error as? IOError)?.errnoCode) {
            case (is SocketAddressError.UnknownHost, _): "No address is known for the host \(host) (UP_HOST)."
            case (_, EADDRINUSE): "Port \(port) of \(host) is in use by another program (UP_PORT)."
            case (_, EADDRNOTAVAIL): "\(host) (UP_HOST) is not an address of this machine."
            case (_, EACCES): "This user may not listen on port \(port) (UP_PORT)."
            default: "The server stopped: \(error)."
            }
        return CommandError(description: description)
    }
}
