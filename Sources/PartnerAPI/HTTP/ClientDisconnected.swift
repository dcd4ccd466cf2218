/// The client closed its connection before it received the response. Its request was cancelled, and no error is sent.
struct ClientDisconnected: Error {
    /// The status in logs and metrics. No response has it; nginx uses the same value.
    static let status = 499
}
