#if PostgreSQL
internal import CLibPQ
internal import NIOPosix
internal import Synchronization

/// Asks servers to break off what connections that were given up have left running, so that its locks are released and
/// the server's connections do not run out.
///
/// libpq's call blocks without an end where the server does not respond, so it has a thread of its own, and few requests
/// wait for it: what is not asked for ends by the server's own time limits.
final class PostgreSQLCanceler: Sendable {
    static let shared = PostgreSQLCanceler()

    /// `@unchecked Sendable` holds because a request is made for one closure, which alone uses and frees it.
    private struct Request: @unchecked Sendable {
        let request: OpaquePointer
    }

    private let thread = NIOThreadPool(numberOfThreads: 1)
    private let waiting = Atomic(0)

    private init() { thread.start() }

    /// - Parameter connection: which may be closed as soon as this returns.
    func cancel(_ connection: OpaquePointer?) {
        guard let connection, let request = PQgetCancel(connection).map(Request.init) else { return }
        guard waiting.add(1, ordering: .relaxed).newValue <= StoreLimits.waitingCancellations else {
            waiting.subtract(1, ordering: .relaxed)
            PQfreeCancel(request.request)
            return
        }
        thread.submit { [self] _ in
            var reason = [CChar](repeating: 0, count: 256)
            // One that fails leaves the server to its own limits.
            _ = PQcancel(request.request, &reason, CInt(reason.count))
            PQfreeCancel(request.request)
            waiting.subtract(1, ordering: .relaxed)
        }
    }
}
#endif
