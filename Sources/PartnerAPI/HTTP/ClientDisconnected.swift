/// The client closed its connection before it had its response: its request has been cancelled, and nobody reads an error.
struct ClientDisconnected: Error {
    /// What stands in the log and the metrics in place of a status, as proxies such as nginx have it.
    static let status = 499
}
