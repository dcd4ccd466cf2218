internal import AsyncHTTPClient
internal import NIOCore
internal import NIOPosix
internal import PharmacyDomain
internal import Synchronization

/// HTTP clients that connect to one address each for one name; those unused longest go when there are too many.
final class PinnedClients: Sendable {
    private struct Key: Hashable {
        let host: String
        let address: String
    }

    private struct Entry {
        let client: KeepAliveClient
        var users: Int
        var lastUse: UInt64
    }

    private struct State {
        var entries: [Key: Entry] = [:]
        var uses: UInt64 = 0
        /// The ends of dropped clients, by the use that dropped them: TLS may take seconds to say goodbye.
        var endings: [UInt64: Task<Void, Never>] = [:]
        var isShutDown = false
    }

    /// Clients kept; each costs its connections and little else. A busy one is never dropped, and one that was dropped for
    /// others costs its receiver a new connection.
    private static let limit = 256
    /// Shorter than an attempt, so that what hinders a connection is told before the attempt's time is up.
    static let connectTimeout = TimeAmount.seconds(5)

    private let eventLoopGroup: MultiThreadedEventLoopGroup
    private let readTimeout: TimeAmount
    private let state = Mutex(State())

    /// - Parameter readTimeout: how long nothing may come of an answer.
    init(eventLoopGroup: MultiThreadedEventLoopGroup, readTimeout: Duration) {
        self.eventLoopGroup = eventLoopGroup
        self.readTimeout = .milliseconds(readTimeout.milliseconds)
    }

    /// A client for a name at an address, to be given back; `nil` after the shutdown.
    /// - Parameter host: exactly as the client reads it out of the URL, or it would resolve the name by itself.
    func client(host: String, address: String) -> KeepAliveClient? {
        let key = Key(host: host, address: address)
        return state.withLock { state in
            guard !state.isShutDown else { return nil }
            state.uses += 1
            if let client = state.entries[key]?.client {
                state.entries[key]?.users += 1
                state.entries[key]?.lastUse = state.uses
                return client
            }
            let client = KeepAliveClient(eventLoopGroup: eventLoopGroup, configuration: configuration(for: key))
            state.entries[key] = Entry(client: client, users: 1, lastUse: state.uses)
            dropOldest(&state)
            return client
        }
    }

    func giveBack(host: String, address: String) {
        state.withLock { state in
            state.entries[Key(host: host, address: address)]?.users -= 1
            dropOldest(&state)
        }
    }

    /// Ends every client, and the requests that are under way.
    func shutdown() async {
        let (clients, endings) = state.withLock { state in
            state.isShutDown = true
            defer { state.entries = [:] }
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
        configuration.connectionPool.concurrentHTTP1ConnectionsPerHostSoftLimit = ServiceLimits.deliveriesUnderWay
        // An attempt is one try: why it failed is told at once, and its slot is free for others.
        configuration.connectionPool.retryConnectionEstablishment = false
        if key.host != key.address { configuration.dnsOverride = [key.host: key.address] }
        return configuration
    }

    private func dropOldest(_ state: inout State) {
        while state.entries.count > PinnedClients.limit,
            let oldest = state.entries.filter({ $0.value.users == 0 })
                .min(by: { $0.value.lastUse < $1.value.lastUse })
        {
            state.entries[oldest.key] = nil
            state.uses += 1
            let ending = state.uses
            // The shutdown waits for it.
            state.endings[ending] = Task {
                await oldest.value.client.shutdown()
                self.state.withLock { $0.endings[ending] = nil }
            }
        }
    }
}
