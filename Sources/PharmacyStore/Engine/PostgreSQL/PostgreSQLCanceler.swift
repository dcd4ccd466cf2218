#if PostgreSQL
internal import CLibPQ
internal import NIOPosix
internal import Synchronization

/// Cancels the statements of abandoned connections at the server, so that their locks are released and the server does not run
/// out of connections.
///
/// libpq's call blocks without an end where the server does not respond. So it has a thread of its own, and only few requests
/// wait for it. The server's own time limits end the statements of the others.
final class PostgreSQLCanceler: Sendable {
    static let shared = PostgreSQLCanceler()

    /// `@unchecked Sendable` holds because only one closure uses and frees a request.
    private struct Request: @unchecked Sendable {
        let request: OpaquePointer
    }

    private let thread = NIOThreadPool(numberOfThreads: 1)
    private let waiting = Atomic(0)

    private init() { thread.start() }

    /// - Parameter connection: may be closed as soon as this returns.
    func cancel(_ connection: OpaquePointer?) {
        guard let connection, let request = PQgetCancel(connection).map(Request.init) else { return }
        guard waiting.add(1, ordering: .relaxed).newValue <= StoreLimits.waitingCancellations else {
            waiting.subtract(1, ordering: .relaxed)
            PQfreeCancel(request.request)
            return
        }
        thread.submit { [self] _ in
            var reason = [CChar](repeating: 0, count: 256)
            // After a failure the server's own time limit ends the statement.
            _ = PQcancel(request.request, &reason, CInt(reason.count))
            PQfreeCancel(request.request)
            waiting.subtract(1, ordering: .relaxed)
        }
    }
}
#endif
