internal import Glibc
internal import NIOCore
internal import NIOPosix
package import PharmacyDomain
internal import PharmacyStore
internal import Synchronization

/// Resolves names with the operating system's resolver, on threads of its own: `getaddrinfo` blocks and cannot be interrupted.
/// `LookupQueue` decides which name gets a thread.
package final class AddressResolver: NameResolving {
    /// Looks up a name on the calling thread, which it may block for minutes. Returns no addresses where the name has none.
    package typealias LookUp = @Sendable (_ host: String) throws(NameLookupFailure) -> [IPAddress]

    private typealias PendingAddresses = AsyncSignal<Result<[IPAddress], any Error>>

    private struct State {
        var queue: LookupQueue
        var results: [LookupQueue.Ticket: PendingAddresses] = [:]
        /// Whether the threads run: they start with the first look-up, and never after the shutdown.
        var isStarted = false
        var isShutDown = false
    }

    private let threads: NIOThreadPool
    private let lookUp: LookUp
    private let timeout: Duration
    private let state: Mutex<State>

    /// - Parameters:
    ///   - lookUp: in place of the operating system's resolver.
    ///   - timeout: how long a caller waits.
    package convenience init(
        timeout: Duration = ServiceLimits.lookupTimeout, lookUp: @escaping LookUp = AddressResolver.systemLookUp
    ) {
        var limits = LookupQueue.Limits()
        limits.timeout = timeout
        limits.shortestFault = min(limits.shortestFault, timeout / 2)
        self.init(limits: limits, lookUp: lookUp)
    }

    init(limits: LookupQueue.Limits, lookUp: @escaping LookUp) {
        self.lookUp = lookUp
        timeout = limits.timeout
        threads = NIOThreadPool(numberOfThreads: limits.threads)
        state = Mutex(State(queue: LookupQueue(limits: limits)))
    }

    package func addresses(of host: String, for tenant: TenantID) async throws -> [IPAddress] {
        try Task.checkCancellation()
        let (ticket, result) = try enter(host, tenant)
        let timer = MultiThreadedEventLoopGroup.singleton.any().scheduleTask(in: .milliseconds(timeout.milliseconds)) {
            self.endWait(of: ticket, host)
        }
        defer { timer.cancel() }
        do {
            return try await result.wait().get()
        } catch let error as CancellationError {
            _ = leave(ticket, host)
            throw error
        }
    }

    package func shutdown() async {
        let results = state.withLock { state in
            state.isShutDown = true
            defer { state.results = [:] }
            return state.results.values.map(\.self)
        }
        for result in results { result.send(.failure(CancellationError())) }
        // A stuck look-up ends with the process: nothing waits for its thread.
        threads.shutdownGracefully { _ in }
    }

    /// Adds a caller to the queue.
    /// - Returns: its ticket, and the signal of its result.
    private func enter(_ host: String, _ tenant: TenantID) throws -> (LookupQueue.Ticket, PendingAddresses) {
        let result = PendingAddresses(.forever)
        let admission: LookupQueue.Admission? = state.withLock { state in
            guard !state.isShutDown else { return nil }
            let waiting = state.queue.waitingCount
            let admission = state.queue.admit(host, of: tenant, at: AddressResolver.now)
            if case .waits(let ticket, _) = admission {
                if !state.isStarted {
                    threads.start()
                    state.isStarted = true
                }
                state.results[ticket] = result
                LookupMetrics.record(state.queue, waitingBefore: waiting)
            }
            return admission
        }
        switch admission {
        case nil: throw CancellationError()
        case .refused(let failure):
            LookupMetrics.count(failure, isRefusal: true)
            throw failure
        case .waits(let ticket, let begin):
            if let begin { start(begin) }
            return (ticket, result)
        }
    }

    /// Ends the wait of a caller whose time is up.
    private func endWait(of ticket: LookupQueue.Ticket, _ host: String) {
        guard let (result, failure) = leave(ticket, host) else { return }
        LookupMetrics.count(failure, isRefusal: false)
        result.send(.failure(failure))
    }

    /// Removes a caller from the queue.
    /// - Returns: the signal of its result, and why it has none; `nil` when it has one.
    private func leave(_ ticket: LookupQueue.Ticket, _ host: String) -> (PendingAddresses, NameLookupFailure)? {
        state.withLock { state in
            guard let failure = state.queue.remove(ticket, host, at: AddressResolver.now),
                let result = state.results.removeValue(forKey: ticket)
            else { return nil }
            LookupMetrics.record(state.queue)
            return (result, failure)
        }
    }

    private func start(_ host: String) {
        threads.submit { workState in
            guard case .active = workState else { return }
            let result = Result { () throws(NameLookupFailure) in try self.lookUp(host) }
            self.end(host, result)
        }
    }

    private func end(_ host: String, _ result: Result<[IPAddress], NameLookupFailure>) {
        let (results, begin) = state.withLock { state in
            let completion = state.queue.end(
                host, isUnresolved: result == .success([]), at: AddressResolver.now)
            LookupMetrics.record(state.queue)
            let results = completion.callers.compactMap { state.results.removeValue(forKey: $0) }
            return (results, state.isShutDown ? [] : completion.begin)
        }
        LookupMetrics.count(result, callers: results.count)
        for waiting in results { waiting.send(result.mapError { $0 }) }
        for host in begin { start(host) }
    }

    private static let clock = ContinuousClock.now

    /// The present time of a clock that is never set back.
    private static var now: Duration { ContinuousClock.now - clock }

    /// Looks up a name as every program of the system does. The addresses are in the order of RFC 6724.
    package static func systemLookUp(_ host: String) throws(NameLookupFailure) -> [IPAddress] {
        var hints = addrinfo()
        hints.ai_socktype = Int32(SOCK_STREAM.rawValue)
        var list: UnsafeMutablePointer<addrinfo>?
        switch getaddrinfo(host, nil, &hints, &list) {
        case 0: break
        case EAI_MEMORY: throw .noRoom
        case EAI_SYSTEM where isLocal(errno): throw .noRoom
        default: return []
        }
        defer { freeaddrinfo(list) }
        var addresses: [IPAddress] = []
        var entry = list
        while let current = entry {
            if let address = address(in: current.pointee), !addresses.contains(address) { addresses.append(address) }
            entry = current.pointee.ai_next
        }
        return addresses
    }

    /// Whether an error of the system means that this process, or this machine, has no memory, descriptors or buffers left.
    static func isLocal(_ code: CInt) -> Bool {
        [EMFILE, ENFILE, ENOMEM, ENOBUFS].contains(code)
    }

    private static func address(in entry: addrinfo) -> IPAddress? {
        guard let raw = UnsafeRawPointer(entry.ai_addr) else { return nil }
        switch entry.ai_family {
        case AF_INET:
            let address = raw.loadUnaligned(as: sockaddr_in.self)
            return IPAddress(bytes: withUnsafeBytes(of: address.sin_addr) { Array($0) })
        case AF_INET6:
            let address = raw.loadUnaligned(as: sockaddr_in6.self)
            return IPAddress(bytes: withUnsafeBytes(of: address.sin6_addr) { Array($0) })
        default: return nil
        }
    }
}
