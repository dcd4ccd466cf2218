internal import PharmacyDomain

/// Decides which names are looked up when, on a limited number of threads that a look-up may hold for minutes.
///
/// Callers that need the same name share its look-up. A tenant may hold a share of the threads (`FairShares`), so that a tenant
/// whose names never resolve delays no other; its other names wait for their turn. A pure value: its owner looks the names up,
/// resumes the callers, and passes the time of each event.
struct LookupQueue: Sendable {
    struct Limits: Sendable {
        /// Look-ups in progress at once; each holds a thread.
        var threads = ServiceLimits.lookupThreads
        /// A tenant may hold as many threads as are free, divided by this.
        var divisor = ServiceLimits.lookupShare
        /// The most callers of one tenant that may wait.
        var waiting = ServiceLimits.lookupsWaiting
        /// How long a caller waits in all. A name whose look-up takes longer counts as stuck.
        var timeout = ServiceLimits.lookupTimeout
        /// The shortest look-up that counts as the fault of the name, rather than of the wait for a thread, when a caller times out.
        var shortestFault = ServiceLimits.lookupFaultThreshold
        /// How long a name that was stuck and did not resolve is refused after its look-up has ended.
        var refusal = ServiceLimits.lookupRefusal
        /// The most names that are remembered as stuck.
        var remembered = ServiceLimits.lookupsRemembered
    }

    /// Identifies one caller.
    typealias Ticket = UInt64

    enum Admission: Hashable, Sendable {
        /// The caller waits. Where `begin` is a name, its look-up must begin now.
        case waits(Ticket, begin: String?)
        case refused(NameLookupFailure)
    }

    /// What follows the end of a look-up.
    struct Completion: Hashable, Sendable {
        /// The callers that get its result.
        let callers: [Ticket]
        /// Names whose look-ups must begin now.
        let begin: [String]
    }

    private struct Lookup {
        let tenant: TenantID
        let startedAt: Duration
    }

    private let limits: Limits
    private var lastTicket: Ticket = 0
    private var shares: FairShares<TenantID>
    private var running: [String: Lookup] = [:]
    /// Callers of each name, whether its look-up is in progress or waiting.
    private var callers: [String: [Ticket: TenantID]] = [:]
    private var callerCount: [TenantID: Int] = [:]
    /// Names that wait for a thread of each tenant, the longest first.
    private var waiting: [TenantID: [String]] = [:]
    /// Tenants that have names waiting, in the order of their turns.
    private var turns: [TenantID] = []
    /// Until when names that were stuck are refused. Not a `BoundedCache`, which forgets the oldest first: a name that is
    /// refused stays so for its time, and names beyond the limit are looked up.
    private var refusedUntil: [String: Duration] = [:]

    init(limits: Limits) {
        self.limits = limits
        shares = FairShares(total: limits.threads, divisor: limits.divisor)
    }

    /// Look-ups in progress, including those whose caller has stopped waiting.
    var inProgress: Int { running.count }

    /// Names that wait for a thread.
    private(set) var waitingCount = 0

    /// Admits a caller, or refuses it.
    /// - Parameter now: of a clock that is never set back.
    mutating func admit(_ host: String, of tenant: TenantID, at now: Duration) -> Admission {
        if let until = refusedUntil[host], now < until { return .refused(.timedOut) }
        if let lookup = running[host], now - lookup.startedAt >= limits.timeout { return .refused(.timedOut) }
        guard callerCount[tenant, default: 0] < limits.waiting else { return .refused(.noRoom) }
        lastTicket += 1
        callers[host, default: [:]][lastTicket] = tenant
        callerCount[tenant, default: 0] += 1
        if running[host] != nil { return .waits(lastTicket, begin: nil) }
        if shares.room(for: tenant) > 0 {
            begin(host, of: tenant, at: now)
            return .waits(lastTicket, begin: host)
        }
        if waiting[tenant] == nil { turns.append(tenant) }
        // That another tenant waits for the same name does not help: its turn may be far away.
        if waiting[tenant]?.contains(host) != true {
            waiting[tenant, default: []].append(host)
            waitingCount += 1
        }
        return .waits(lastTicket, begin: nil)
    }

    /// Removes a caller that no longer waits. A look-up in progress continues and holds its thread.
    /// - Returns: why the caller has no result; `nil` when it got one before.
    mutating func remove(_ ticket: Ticket, _ host: String, at now: Duration) -> NameLookupFailure? {
        guard let tenant = callers[host]?.removeValue(forKey: ticket) else { return nil }
        let others = callers[host] ?? [:]
        if others.isEmpty { callers[host] = nil }
        decrementCount(of: tenant)
        if !others.values.contains(tenant) { forget(host, of: tenant) }
        guard let lookup = running[host], now - lookup.startedAt >= limits.shortestFault else { return .noRoom }
        return .timedOut
    }

    /// - Parameter isUnresolved: whether the name was found to have no address.
    mutating func end(_ host: String, isUnresolved: Bool, at now: Duration) -> Completion {
        if let lookup = running.removeValue(forKey: host) {
            shares.end(lookup.tenant)
            if isUnresolved, now - lookup.startedAt >= limits.timeout { refuse(host, at: now) }
        }
        let served = callers.removeValue(forKey: host) ?? [:]
        for tenant in served.values { decrementCount(of: tenant) }
        for tenant in Set(served.values) { forget(host, of: tenant) }
        return Completion(callers: served.keys.sorted(), begin: beginWaiting(at: now))
    }

    private mutating func begin(_ host: String, of tenant: TenantID, at now: Duration) {
        running[host] = Lookup(tenant: tenant, startedAt: now)
        shares.begin(tenant)
    }

    /// Gives free threads to names that wait, one tenant after the other.
    private mutating func beginWaiting(at now: Duration) -> [String] {
        var begun: [String] = []
        var passed = 0
        while passed < turns.count, shares.free > 0 {
            let tenant = turns.removeFirst()
            guard let host = waiting[tenant]?.first else { continue }
            // A look-up of the name that another tenant has begun serves this one, too.
            let isRunning = running[host] != nil
            if isRunning || shares.room(for: tenant) > 0 {
                waiting[tenant]?.removeFirst()
                waitingCount -= 1
                if waiting[tenant]?.isEmpty == true { waiting[tenant] = nil }
                if !isRunning {
                    begin(host, of: tenant, at: now)
                    begun.append(host)
                }
                passed = 0
            } else {
                passed += 1
            }
            if waiting[tenant] != nil { turns.append(tenant) }
        }
        return begun
    }

    private mutating func decrementCount(of tenant: TenantID) {
        guard let count = callerCount[tenant] else { return }
        callerCount[tenant] = count > 1 ? count - 1 : nil
    }

    private mutating func forget(_ host: String, of tenant: TenantID) {
        guard let index = waiting[tenant]?.firstIndex(of: host) else { return }
        waiting[tenant]?.remove(at: index)
        waitingCount -= 1
        if waiting[tenant]?.isEmpty == true {
            waiting[tenant] = nil
            turns.removeAll { $0 == tenant }
        }
    }

    private mutating func refuse(_ host: String, at now: Duration) {
        if refusedUntil.count >= limits.remembered { refusedUntil = refusedUntil.filter { now < $0.value } }
        guard refusedUntil.count < limits.remembered else { return }
        refusedUntil[host] = now + limits.refusal
    }
}
