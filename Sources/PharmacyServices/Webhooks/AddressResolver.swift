internal import Glibc
internal import NIOCore
internal import NIOPosix
package import PharmacyDomain
internal import Synchronization

/// Turns names into addresses with the operating system's resolver, on threads of its own: `getaddrinfo` blocks and cannot
/// be interrupted. Who gets a thread is decided by `LookupQueue`.
package final class AddressResolver: NameResolving {
    /// Looks a name up on the calling thread, which it may hold for as long as it likes; empty when there are no addresses.
    package typealias LookUp = @Sendable (_ host: String) throws(NameLookupFailure) -> [IPAddress]

    private struct State {
        var queue: LookupQueue
        var continuations: [LookupQueue.Ticket: CheckedContinuation<[IPAddress], any Error>] = [:]
        /// Whether the threads run: they start with the first look-up, and never after the shutdown.
        var isStarted = false
        var isShutDown = false
    }

    private let threads: NIOThreadPool
    private let lookUp: LookUp
    private let patience: Duration
    private let state: Mutex<State>

    /// - Parameters:
    ///   - lookUp: in place of the operating system's resolver.
    ///   - patience: how long a caller waits.
    package convenience init(
        patience: Duration = ServiceLimits.lookupPatience, lookUp: @escaping LookUp = AddressResolver.systemLookUp
    ) {
        var limits = LookupQueue.Limits()
        limits.patience = patience
        limits.blame = min(limits.blame, patience / 2)
        self.init(limits: limits, lookUp: lookUp)
    }

    init(limits: LookupQueue.Limits, lookUp: @escaping LookUp) {
        self.lookUp = lookUp
        patience = limits.patience
        threads = NIOThreadPool(numberOfThreads: limits.threads)
        state = Mutex(State(queue: LookupQueue(limits: limits)))
    }

    package func addresses(of host: String, for tenant: TenantID) async throws -> [IPAddress] {
        let ticket = Mutex<LookupQueue.Ticket?>(nil)
        let giveUp: @Sendable (any Error) -> Void = { error in
            self.leave(host, error) { ticket.withLock(\.self) }
        }
        let alarm = MultiThreadedEventLoopGroup.singleton.any().scheduleTask(in: .milliseconds(patience.milliseconds)) {
            giveUp(NameLookupFailure.timedOut)
        }
        defer { alarm.cancel() }
        return try await withTaskCancellationHandler {
            try await withCheckedThrowingContinuation { continuation in
                enter(host, tenant, continuation) { entered in ticket.withLock { $0 = entered } }
            }
        } onCancel: {
            giveUp(CancellationError())
        }
    }

    package func shutdown() async {
        let continuations = state.withLock { state in
            state.isShutDown = true
            defer { state.continuations = [:] }
            return state.continuations.values.map(\.self)
        }
        for continuation in continuations { continuation.resume(throwing: CancellationError()) }
        // A look-up that is stuck ends with the process: nobody waits for its thread.
        threads.shutdownGracefully { _ in }
    }

    /// - Parameter entered: is told under which ticket the caller waits, before anything can wake it.
    private func enter(
        _ host: String, _ tenant: TenantID, _ continuation: CheckedContinuation<[IPAddress], any Error>,
        _ entered: (LookupQueue.Ticket) -> Void
    ) {
        let (failure, begin): ((any Error)?, String?) = state.withLock { state in
            // The cancellation handler may have run before there was anything to take away.
            guard !Task.isCancelled, !state.isShutDown else { return (CancellationError(), nil) }
            let waiting = state.queue.waitingCount
            switch state.queue.enter(host, of: tenant, at: AddressResolver.now) {
            case .refused(let failure): return (failure, nil)
            case .waits(let ticket, let begin):
                if !state.isStarted {
                    threads.start()
                    state.isStarted = true
                }
                state.continuations[ticket] = continuation
                entered(ticket)
                LookupMetrics.record(state.queue, waitingBefore: waiting)
                return (nil, begin)
            }
        }
        if let failure {
            LookupMetrics.count(failure, isRefusal: true)
            continuation.resume(throwing: failure)
        }
        if let begin { start(begin) }
    }

    /// Takes a caller out who has waited long enough, or was cancelled.
    /// - Parameter ticket: under which it waits; read when nobody can be entering.
    private func leave(_ host: String, _ error: any Error, _ ticket: () -> LookupQueue.Ticket?) {
        let left = state.withLock { state -> (CheckedContinuation<[IPAddress], any Error>, NameLookupFailure)? in
            guard let ticket = ticket(), let failure = state.queue.leave(ticket, host, at: AddressResolver.now),
                let continuation = state.continuations.removeValue(forKey: ticket)
            else { return nil }
            LookupMetrics.record(state.queue)
            return (continuation, failure)
        }
        guard let (continuation, failure) = left else { return }
        guard !(error is CancellationError) else { return continuation.resume(throwing: error) }
        LookupMetrics.count(failure, isRefusal: false)
        continuation.resume(throwing: failure)
    }

    private func start(_ host: String) {
        threads.submit { workState in
            guard case .active = workState else { return }
            let result = Result { () throws(NameLookupFailure) in try self.lookUp(host) }
            self.end(host, result)
        }
    }

    private func end(_ host: String, _ result: Result<[IPAddress], NameLookupFailure>) {
        let (continuations, begin) = state.withLock { state in
            let completion = state.queue.end(
                host, isUnresolved: result == .success([]), at: AddressResolver.now)
            LookupMetrics.record(state.queue)
            let continuations = completion.callers.compactMap { state.continuations.removeValue(forKey: $0) }
            return (continuations, state.isShutDown ? [] : completion.begin)
        }
        LookupMetrics.count(result, callers: continuations.count)
        for continuation in continuations { continuation.resume(with: result.mapError { $0 }) }
        for host in begin { start(host) }
    }

    private static let clock = ContinuousClock.now

    /// By a clock that is never set back.
    private static var now: Duration { ContinuousClock.now - clock }

    /// Looks a name up as every program of the system does; the addresses come in the order of RFC 6724.
    package static func systemLookUp(_ host: String) throws(NameLookupFailure) -> [IPAddress] {
        var hints = addrinfo()
        hints.ai_socktype = Int32(SOCK_STREAM.rawValue)
        var list: UnsafeMutablePointer<addrinfo>?
        switch getaddrinfo(host, nil, &hints, &list) {
        case 0: break
        case EAI_MEMORY: throw .noRoom
        case EAI_SYSTEM where isOurs(errno): throw .noRoom
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

    /// Whether an error of the system says that this process, or this machine, has no means left: memory, descriptors or
    /// buffers.
    static func isOurs(_ code: CInt) -> Bool {
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
