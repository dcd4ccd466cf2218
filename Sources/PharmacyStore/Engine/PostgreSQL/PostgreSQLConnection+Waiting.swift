#if PostgreSQL
internal import CLibPQ
internal import Glibc
internal import PharmacyDomain

/// Waiting that has an end: libpq's calls that block have none, and a server that has stopped, or a network that has gone,
/// would hold a thread for as long as the operating system believes in it.
extension PostgreSQLConnection {
    /// Waits for the next result of what was sent.
    /// - Returns: `nil` where there is no other.
    /// - Throws: `StoreError.unavailable` where the connection was lost, or where the deadline has passed: the connection is
    ///   of no use then.
    func receive() throws -> OpaquePointer? {
        guard let handle, !isLost else { throw lost() }
        let latest = deadline ?? .now + patience
        while true {
            // What could not be sent so far must go out meanwhile, or either side would wait for the other.
            let output = PQflush(handle)
            guard output >= 0 else { throw lost() }
            if PQisBusy(handle) == 0 { return PQgetResult(handle) }
            let events = Int16(output > 0 ? POLLIN | POLLOUT : POLLIN)
            guard PostgreSQLConnection.wait(for: PQsocket(handle), events, until: latest) else { throw givenUp() }
            guard PQconsumeInput(handle) == 1 else { throw lost() }
        }
    }

    /// Waits for all results of what was sent.
    /// - Returns: the last, which is an error's where there was one.
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
    /// - Returns: `false` where the moment has come first.
    static func wait(for descriptor: CInt, _ events: Int16, until latest: ContinuousClock.Instant) -> Bool {
        while true {
            let left = ContinuousClock.now.duration(to: latest)
            guard left > .zero else { return false }
            var polled = pollfd(fd: descriptor, events: events, revents: 0)
            let count = poll(&polled, 1, CInt(clamping: left.milliseconds + 1))
            // Whatever else is wrong with it, the next call on it finds.
            if count > 0 || count < 0 && errno != EINTR { return true }
        }
    }

    /// Gives a connection up whose server does not respond. The server is asked to break off what it does, and finds
    /// nobody at the other end; it is not tried again, for the time is over.
    private func givenUp() -> StoreError {
        PostgreSQLCanceler.shared.cancel(handle)
        _ = shutdown(PQsocket(handle), CInt(SHUT_RDWR))
        isLost = true
        isRetryable = false
        return .unavailable(
            StoreFault(
                .timedOut, "the database server did not respond in time: look at its load, its log and the network"))
    }

    /// `PG_DIAG_SEVERITY_NONLOCALIZED`, a macro of a character, which Swift does not import.
    private static let severity = Int32(UInt8(ascii: "V"))

    /// Hears what the server says beside its results.
    func hear(_ notice: OpaquePointer?) {
        let severity = PQresultErrorField(notice, PostgreSQLConnection.severity).map { String(cString: $0) }
        if severity == "WARNING" { hasWarned = true }
    }
}
#endif
