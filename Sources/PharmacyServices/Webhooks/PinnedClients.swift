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

    private let eventLoopGroup: MultiThreadedEventLoopGroup
    private var entries: [Key: Entry] = [:]
    private var uses: UInt64 = 0

    init(eventLoopGroup: MultiThreadedEventLoopGroup) {
        self.eventLoopGroup = eventLoopGroup
    }

    /// A client for a name at an address; to be given back.
    func client(host: String, address: String) async -> HTTPClient {
        let key = Key(host: host, address: address)
        uses += 1
        if var entry = entries[key] {
            entry.users += 1
            entry.lastUse = uses
            entries[key] = entry
            return entry.client
        }
        var configuration = HTTPClient.Configuration(
            redirectConfiguration: .disallow,
            timeout: HTTPClient.Configuration.Timeout(connect: .seconds(5), read: .seconds(10)))
        configuration.httpVersion = .automatic
        if host != address { configuration.dnsOverride = [host: address] }
        let client = HTTPClient(eventLoopGroupProvider: .shared(eventLoopGroup), configuration: configuration)
        entries[key] = Entry(client: client, users: 1, lastUse: uses)
        await dropOldest()
        return client
    }

    func giveBack(host: String, address: String) {
        entries[Key(host: host, address: address)]?.users -= 1
    }

    private func dropOldest() async {
        guard entries.count > PinnedClients.limit,
            let oldest = entries.filter({ $0.value.users == 0 }).min(by: { $0.value.lastUse < $1.value.lastUse })
        else { return }
        entries[oldest.key] = nil
        try? await oldest.value.client.shutdown()
    }

    func shutdown() async {
        let clients = entries.values.map(\.client)
        entries = [:]
        for client in clients { try? await client.shutdown() }
    }
}
