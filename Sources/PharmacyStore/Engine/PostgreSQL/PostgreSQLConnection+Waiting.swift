#if PostgreSQL
internal import CLibPQ
internal import Glibc
internal import PharmacyDomain

/// Waiting with a time limit. libpq's blocking calls have none: a stopped server or a lost network would block a thread for as
/// long as the operating system considers the connection alive.
extension PostgreSQLConnection {
    /// Waits for the next result of the statements that were sent.
    /// - Returns: `nil` where there is no further result.
    /// - Throws: `StoreError.unavailable` where the connection was lost or the deadline has passed; the connection must be made
    ///   again then.
    func receive() throws -> OpaquePointer? {
        guard let handle, !isLost else { throw lost() }
        let latest = deadline ?? .now + resultTimeout
        while true {
            // Buffered output must be sent meanwhile, or each side would wait for the other.
            let output = PQflush(handle)
            guard output >= 0 else { throw lost() }
            if PQisBusy(handle) == 0 { return PQgetResult(handle) }
            let events = Int16(output > 0 ? POLLIN | POLLOUT : POLLIN)
            guard PostgreSQLConnection.wait(for: PQsocket(handle), events, until: latest) else { throw abandon() }
            guard PQconsumeInput(handle) == 1 else { throw lost() }
        }
    }

    /// Waits for all results of the statements that were sent.
    /// - Returns: the last one, which is an error where there was one.
    func results() throws -> OpaquePointer? {
        var last: OpaquePointer?
        do {
            while let result = try receive() {
                PQclear(last)
                last = result
            }
            return last
        } catch {
            PQclear(last)
            throw error
        }
    }

    /// Waits until a descriptor is ready.
    /// - Returns: `false` if the time was reached first.
    static func wait(for descriptor: CInt, _ events: Int16, until latest: ContinuousClock.Instant) -> Bool {
        while true {
            let left = ContinuousClock.now.duration(to: latest)
            guard left > .zero else { return false }
            var polled = pollfd(fd: descriptor, events: events, revents: 0)
            let count = poll(&polled, 1, CInt(clamping: left.milliseconds + 1))
            // The next call on the descriptor finds any other error.
            if count > 0 || count < 0 && errno != EINTR { return true }
        }
    }

    /// Abandons a connection whose server does not respond: cancels the statement at the server and shuts the socket down. The
    /// transaction is not repeated, because its time is over.
    private func abandon() -> StoreError {
        PostgreSQLCanceler.shared.cancel(handle)
        _ = shutdown(PQsocket(handle), CInt(SHUT_RDWR))
        isLost = true
        isRetryable = false
        return .unavailable(
            StoreFault(
                .timedOut, "the database server did not respond in time: check its load, its log and the network"))
    }

    /// `PG_DIAG_SEVERITY_NONLOCALIZED`, a macro of a character, which Swift does not import.
    private static let severity = Int32(UInt8(ascii: "V"))

    /// Receives a notice, which the server sends in addition to its results.
    func receive(notice: OpaquePointer?) {
        let severity = PQresultErrorField(notice, PostgreSQLConnection.severity).map { String(cString: $0) }
        if severity == "WARNING" { hasWarned = true }
    }
}
#endif
