import Hummingbird

/// Runs HTTP servers of the tests' own.
enum RunningServer {
    /// Runs a server for the extent of `body`, which is given its port.
    /// - Parameter application: creates the server, which must report the port it listens on.
    static func with<Value: Sendable>(
        _ application: (_ listening: @escaping @Sendable (Int) -> Void) -> some ApplicationProtocol & Sendable,
        _ body: @escaping @Sendable (_ port: Int) async throws -> Value
    ) async throws -> Value {
        let (ports, feed) = AsyncStream.makeStream(of: Int.self)
        let application = application { feed.yield($0) }
        return try await withThrowingTaskGroup(of: Value?.self) { group in
            group.addTask {
                try await application.run()
                return nil
            }
            group.addTask {
                var iterator = ports.makeAsyncIterator()
                return try await body(await iterator.next() ?? 0)
            }
            defer { group.cancelAll() }
            while let value = try await group.next() {
                if let value { return value }
            }
            throw CancellationError()
        }
    }
}
