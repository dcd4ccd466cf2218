/// How many connections one node has to a database server.
package struct ConnectionPoolSize: Hashable, Sendable {
    /// Through which tenants' records are written, 1 or more: a tenant's all through the same.
    package let writers: Int
    /// Through which records are read, 1 or more.
    package let readers: Int
    /// How long a read or a write may wait for its turn.
    package let wait: Duration

    /// Beside those that read and write: one that carries bells, one for claims, one for counters.
    private static let others = 3

    /// Shares out connections: a third of those that read and write do the writing.
    /// - Parameter connections: in all; what is outside `StoreLimits.connections` is brought into it.
    package init(connections: Int, wait: Duration = StoreLimits.connectionWait) {
        let range = StoreLimits.connections
        let shared = min(max(connections, range.lowerBound), range.upperBound) - ConnectionPoolSize.others
        writers = max(1, shared / 3)
        readers = shared - writers
        self.wait = wait
    }
}
