import Logging
import PharmacyDomain
import PharmacyServices
import PharmacyStore
import PharmacyTestSupport
import Synchronization

/// Records log lines.
final class LogRecorder: LogHandler, Sendable {
    private let lines = Mutex<[(level: Logger.Level, text: String, metadata: Logger.Metadata)]>([])
    /// The text of each line when it is logged.
    let arrivals: AsyncStream<String>
    private let arrived: AsyncStream<String>.Continuation

    init() { (arrivals, arrived) = AsyncStream.makeStream() }

    var metadata: Logger.Metadata {
        get { [:] }
        set {}
    }
    var logLevel: Logger.Level {
        get { .trace }
        set {}
    }

    subscript(metadataKey key: String) -> Logger.Metadata.Value? {
        get { nil }
        set {}
    }

    func log(event: LogEvent) {
        lines.withLock { $0.append((event.level, "\(event.message)", event.metadata ?? [:])) }
        arrived.yield("\(event.message)")
    }

    var logger: Logger { Logger(label: "recorded", factory: { _ in self }) }

    /// The texts of all lines so far.
    var all: [String] { lines.withLock { $0.map(\.text) } }

    /// The metadata of the latest line with a prefix.
    func metadata(of prefix: String) -> [String: String] {
        let metadata = lines.withLock { $0.last { $0.text.hasPrefix(prefix) }?.metadata } ?? [:]
        return metadata.mapValues { "\($0)" }
    }

    /// How many lines of a level have a prefix.
    func count(_ level: Logger.Level, _ prefix: String) -> Int {
        lines.withLock { $0.count { $0.level == level && $0.text.hasPrefix(prefix) } }
    }

    /// A member of the metadata of each line with a prefix; `nil` for lines without it.
    func metadata(_ name: String, _ prefix: String) -> [String?] {
        lines.withLock { $0.filter { $0.text.hasPrefix(prefix) }.map { $0.metadata[name]?.description } }
    }
}

extension TestInstallation {
    /// Overwrites a sealed value of one row. Its head stays, so that it names the key that sealed it.
    /// - Parameters:
    ///   - read: selects it by `$1`.
    ///   - write: overwrites it by `$2` with `$1`.
    /// - Returns: a function that restores it.
    func poison(_ read: SQL, _ write: SQL, id: SQLValue) async throws -> @Sendable () async throws -> Void {
        let store = environment.store
        let found = try await store.systemRead { try $0.db.row(read, [id]) { try $0.blob(0) } }
        guard let original = found else { throw StoreError.broken("nothing to poison") }
        let damaged = Array(original.prefix(9)) + [UInt8](repeating: 0x5a, count: max(0, original.count - 9))
        try await store.systemWrite { _ = try $0.db.run(write, [.blob(damaged), id]) }
        return { try await store.systemWrite { _ = try $0.db.run(write, [.blob(original), id]) } }
    }

    func poisonOrder(_ id: OrderID) async throws -> @Sendable () async throws -> Void {
        try await poison(
            "SELECT document FROM orders WHERE uuid = $1",
            "UPDATE orders SET document = $1 WHERE uuid = $2", id: .text(id.description))
    }

    /// Makes all records of a tenant undecryptable.
    /// - Returns: a function that restores them.
    func poisonKey(of tenant: Tenant) async throws -> @Sendable () async throws -> Void {
        let (store, id) = (environment.store, SQLValue.text(tenant.id.description))
        // A number that no key has, so that cached keys do not help.
        let far = SQLValue.integer(1_000_000_000)
        try await store.systemWrite {
            _ = try $0.db.run("UPDATE tenants SET data_key = data_key + $2 WHERE uuid = $1", [id, far])
        }
        return {
            try await store.systemWrite {
                _ = try $0.db.run("UPDATE tenants SET data_key = data_key - $2 WHERE uuid = $1", [id, far])
            }
        }
    }

    var operations: OperatorService {
        OperatorService(
            environment: environment, setupTokens: SetupTokens(fixed: nil), wipeEvery: .hours(24))
    }

    /// The quarantined items, with the kind of work of each.
    func quarantined() async throws -> [String] {
        try await operations.quarantinedItems(ofTenant: nil).map {
            "\($0["work"]?.text ?? "") \($0["item"]?.text ?? "")"
        }
    }
}
