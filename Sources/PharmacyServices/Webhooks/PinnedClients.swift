internal import AsyncHTTPClient
internal import NIOCore
internal import NIOPosix

/// HTTP clients that connect to one address each for one name; those unused longest go when there are too many.
actor PinnedClients {
    private struct Key: Hashable {
        let host: String
        let address: String
    }

    private struct Entry {
        let client: HTTPClient
        var users: Int
        var lastUse: UInt64
    }

    /// Clients kept; each costs its connections and little else. A busy one is never dropped.
    private static let limit = 256
    /// Shorter than an attempt, so that what hinders a connection is told before the attempt's time is up.
    private static let connectTimeout = TimeAmount.seconds(5)

    private let eventLoopGroup: MultiThreadedEventLoopGroup
    private var entries: [Key: Entry] = [:]
    private var uses: UInt64 = 0
    /// The ends of dropped clients, by the use that dropped them: TLS may take seconds to say goodbye.
    private var endings: [UInt64: Task<Void, Never>] = [:]
    private var isShutDown = false

    init(eventLoopGroup: MultiThreadedEventLoopGroup) {
        self.eventLoopGroup = eventLoopGroup
    }

    /// A client for a name at an address, to be given back; `nil` after the shutdown.
    /// - Parameter host: exactly as the client reads it out of the URL, or it would resolve the name by itself.
    func client(host: String, address: String) -> HTTPClient? {
        guard !isShutDown else { return nil }
        let key = Key(host: host, address: address)
        uses += 1
        if var entry = entries[key] {
            entry.users += 1
            entry.lastUse = uses
            entries[key] = entry
            return entry.client
        }
        let client = HTTPClient(
            eventLoopGroupProvider: .shared(eventLoopGroup), configuration: PinnedClients.configuration(for: key))
        entries[key] = Entry(client: client, users: 1, lastUse: uses)
        dropOldest()
        return client
    }

    func giveBack(host: String, address: String) {
        entries[Key(host: host, address: address)]?.users -= 1
        dropOldest()
    }

    /// Ends every client, and the requests that are under way.
    func shutdown() async {
        isShutDown = true
        let clients = entries.values.map(\.client)
        entries = [:]
        for client in clients { try? await client.shutdown() }
        for ending in endings.values { await ending.value }
    }

    private static func configuration(for key: Key) -> HTTPClient.Configuration {
        var configuration = HTTPClient.Configuration(
            redirectConfiguration: .disallow, timeout: HTTPClient.Configuration.Timeout(connect: connectTimeout))
        configuration.httpVersion = .automatic
        // Receivers that share a host must not wait for each other's connections.
        configuration.connectionPool.concurrentHTTP1ConnectionsPerHostSoftLimit = ServiceLimits.deliveriesUnderWay
        if key.host != key.address { configuration.dnsOverride = [key.host: key.address] }
        return configuration
    }

    private func dropOldest() {
        while entries.count > PinnedClients.limit,
            let oldest = entries.filter({ $0.value.users == 0 }).min(by: { $0.value.lastUse < $1.value.lastUse })
        {
            entries[oldest.key] = nil
            uses += 1
            let ending = uses
            endings[ending] = Task {
                try? await oldest.value.client.shutdown()
                endings[ending] = nil
            }
        }
    }
}
