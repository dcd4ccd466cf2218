internal import AsyncHTTPClient
internal import NIOCore
internal import NIOPosix
internal import PharmacyDomain
internal import Synchronization

/// HTTP clients that connect to one address each for one name. The least recently used are dropped when there are too many.
final class PinnedClients: Sendable {
    private struct Key: Hashable {
        let host: String
        let address: String
    }

    private struct Entry {
        let client: KeepAliveClient
        var users: Int
    }

    private struct State {
        var entries = BoundedCache<Key, Entry>(capacity: PinnedClients.limit)
        var lastEnding: UInt64 = 0
        /// Shutdowns of removed clients: TLS may take seconds to close.
        var endings: [UInt64: Task<Void, Never>] = [:]
        var isShutDown = false
    }

    /// The most clients that are retained; each costs its connections and little else. A busy one is never dropped. The receiver
    /// of a dropped one needs a new connection.
    private static let limit = 256
    /// Shorter than an attempt, so that the attempt can report what prevented the connection.
    static let connectTimeout = TimeAmount.seconds(5)

    private let eventLoopGroup: MultiThreadedEventLoopGroup
    private let readTimeout: TimeAmount
    private let state = Mutex(State())

    /// - Parameter readTimeout: the longest pause within a response.
    init(eventLoopGroup: MultiThreadedEventLoopGroup, readTimeout: Duration) {
        self.eventLoopGroup = eventLoopGroup
        self.readTimeout = .milliseconds(readTimeout.milliseconds)
    }

    /// A client for a name at an address, until `release`; `nil` after the shutdown.
    /// - Parameter host: exactly as the client reads it from the URL, or the client would resolve the name itself.
    func client(host: String, address: String) -> KeepAliveClient? {
        let key = Key(host: host, address: address)
        return state.withLock { state in
            guard !state.isShutDown else { return nil }
            if let client = state.entries.use(key)?.client {
                state.entries.update(key) { $0.users += 1 }
                return client
            }
            let client = KeepAliveClient(eventLoopGroup: eventLoopGroup, configuration: configuration(for: key))
            end(state.entries.insert(Entry(client: client, users: 1), for: key, removing: { $0.users == 0 }), &state)
            return client
        }
    }

    func release(host: String, address: String) {
        state.withLock { state in
            state.entries.update(Key(host: host, address: address)) { $0.users -= 1 }
            end(state.entries.removeOldest { $0.users == 0 }, &state)
        }
    }

    /// Shuts down all clients and ends the requests in flight.
    func shutdown() async {
        let (clients, endings) = state.withLock { state in
            state.isShutDown = true
            defer { state.entries.removeAll() }
            return (state.entries.values.map(\.client), Array(state.endings.values))
        }
        for client in clients { await client.shutdown() }
        for ending in endings { await ending.value }
    }

    private func configuration(for key: Key) -> HTTPClient.Configuration {
        var configuration = HTTPClient.Configuration(
            redirectConfiguration: .disallow,
            timeout: HTTPClient.Configuration.Timeout(connect: PinnedClients.connectTimeout, read: readTimeout))
        configuration.httpVersion = .automatic
        // Receivers that share a host must not wait for each other's connections.
        configuration.connectionPool.concurrentHTTP1ConnectionsPerHostSoftLimit = ServiceLimits.deliveriesInFlight
        // An attempt is one try: its failure is reported at once, and its slot is free for others.
        configuration.connectionPool.retryConnectionEstablishment = false
        if key.host != key.address { configuration.dnsOverride = [key.host: key.address] }
        return configuration
    }

    /// Shuts clients down that were removed to make room.
    private func end(_ removed: [Entry], _ state: inout State) {
        for entry in removed {
            state.lastEnding += 1
            let ending = state.lastEnding
            // `shutdown` waits for it.
            state.endings[ending] = Task {
                await entry.client.shutdown()
                self.state.withLock { $0.endings[ending] = nil }
            }
        }
    }
}
