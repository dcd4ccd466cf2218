/// The number of connections of one node to a database server.
package struct ConnectionPoolSize: Hashable, Sendable {
    /// Connections that write tenants' records, 1 or more. Each tenant always uses the same one.
    package let writers: Int
    /// Connections that read, 1 or more.
    package let readers: Int
    /// How long a read or a write may wait for its turn.
    package let wait: Duration

    /// Other connections: one for notifications, one for claims, one for counters.
    private static let others = 3

    /// Divides connections: a third of those that read and write are for writing.
    /// - Parameter connections: the total; it is clamped to `StoreLimits.connections`.
    package init(connections: Int, wait: Duration = StoreLimits.connectionWait) {
        let range = StoreLimits.connections
        let shared = min(max(connections, range.lowerBound), range.upperBound) - ConnectionPoolSize.others
        writers = max(1, shared / 3)
        readers = shared - writers
        self.wait = wait
    }
}
