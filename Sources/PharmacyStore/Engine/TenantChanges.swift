/// The changes of one tenant's records, for one receiver, as long as this exists.
package final class TenantChanges: Sendable {
    private let signal: AsyncSignal<Void>
    private let cancel: @Sendable () -> Void

    init(_ signal: AsyncSignal<Void>, cancel: @escaping @Sendable () -> Void) {
        self.signal = signal
        self.cancel = cancel
    }

    deinit { cancel() }

    /// Returns at the next change; at once if there were some since the last call. Those are merged.
    /// - Throws: `CancellationError`.
    package func wait() async throws { try await signal.wait() }
}
