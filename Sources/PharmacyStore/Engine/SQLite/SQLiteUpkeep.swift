internal import Glibc
internal import NIOPosix
internal import PharmacyDomain

/// Maintains the write-ahead file of a SQLite database on a connection and a thread of its own.
final class SQLiteUpkeep: Sendable {
    /// `@unchecked Sendable` holds because only the one thread uses it, and `close` after that thread has ended.
    private struct Exclusive: @unchecked Sendable {
        let connection: SQLiteConnection
    }

    private let path: String
    private let file: Exclusive
    private let thread = NIOThreadPool(numberOfThreads: 1)

    /// - Parameter path: the path of a database that a writer has opened.
    init(path: String) throws {
        self.path = path
        file = Exclusive(connection: try SQLiteConnection(path: path, role: .upkeep))
        thread.start()
    }

    /// Empties the write-ahead file. Most of the work runs concurrently with writers, so that they wait only for the rest.
    /// - Returns: whether it is empty.
    func checkpoint() async throws -> Bool {
        try await thread.runIfActive { [file] in
            try file.connection.checkpointPassively()
            for attempt in 1...StoreLimits.checkpointAttempts {
                if try file.connection.truncateLog() { return true }
                // Writers run during the pause.
                if attempt < StoreLimits.checkpointAttempts {
                    _ = poll(nil, 0, CInt(StoreLimits.checkpointPause.milliseconds))
                }
            }
            return false
        }
    }

    /// Bytes of the write-ahead file.
    var logBytes: Int64 {
        var status = stat()
        return stat(path + "-wal", &status) == 0 ? Int64(status.st_size) : 0
    }

    func close() async {
        try? await thread.shutdownGracefully()
        file.connection.close()
    }
}
