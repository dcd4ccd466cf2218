internal import Synchronization

/// Where the master key comes from.
package struct MasterKeySource: Sendable {
    /// The keys that may be the master key, 32 bytes each; more than one while it is being replaced. Asked again when
    /// the one in use no longer fits, because another process has replaced it.
    let candidates: @Sendable () -> [[UInt8]]

    package init(candidates: @escaping @Sendable () -> [[UInt8]]) {
        self.candidates = candidates
    }

    package static func fixed(_ bytes: [UInt8]) -> MasterKeySource { MasterKeySource { [bytes] } }
}

/// The master key, and the keys it wraps, opened once and kept in memory.
final class Keyring: Sendable {
    private let source: MasterKeySource
    private let master = Mutex<SealingKey?>(nil)
    /// A new master key of this process's own making, which the source may not know yet.
    private let successor = Mutex<SealingKey?>(nil)
    private let opened = Mutex<[Int64: SealingKey]>([:])

    /// What the keys are for: the `purpose` of a wrapped key.
    enum Purpose: String {
        case tenantData = "tenant-data"
        case installation
        case signing
    }

    private static let check = "check"

    init(source: MasterKeySource) {
        self.source = source
    }

    /// Checks that the master key fits the database; a new database takes the first that is offered.
    func begin(at now: Int64, in db: any SQLConnection) throws {
        if try checkRow(in: db) == nil {
            guard let key = candidates().first else { throw StoreError.wrongMasterKey }
            master.withLock { $0 = key }
            let bytes = [UInt8](repeating: 0, count: SealingKey.length)
            _ = try insert(.installation, name: Keyring.check, bytes: bytes, at: now, under: key, in: db)
        } else {
            _ = try masterKey(in: db)
        }
    }

    /// Whether `bytes` are the master key of the database as this transaction sees it.
    func isMasterKey(_ bytes: [UInt8], in db: any SQLConnection) throws -> Bool {
        guard let key = SealingKey(number: 0, bytes: bytes), let check = try checkRow(in: db) else { return false }
        return (try? key.open(check, as: Keyring.place(.installation, Keyring.check))) != nil
    }

    /// The master key of the database as this transaction sees it. What is wrapped under another would open no more.
    private func masterKey(in db: any SQLConnection) throws -> SealingKey {
        guard let check = try checkRow(in: db) else { throw StoreError.broken("the master key's check is missing") }
        return try open(check, .installation, name: Keyring.check).master
    }

    /// - Throws: `StoreError.wrongMasterKey` where the database has another.
    func checkMasterKey(in db: any SQLConnection) throws { _ = try masterKey(in: db) }

    private func checkRow(in db: any SQLConnection) throws -> [UInt8]? {
        try wrapped(.installation, name: Keyring.check, in: db)
    }

    private func candidates() -> [SealingKey] {
        source.candidates().compactMap { SealingKey(number: 0, bytes: $0) }
            + [successor.withLock(\.self)].compactMap(\.self)
    }

    /// Makes a wrapped key of its own row.
    func create(
        _ purpose: Purpose, name: String, bytes: [UInt8], at now: Int64, in db: any SQLConnection
    ) throws -> SealingKey {
        try insert(purpose, name: name, bytes: bytes, at: now, under: try masterKey(in: db), in: db)
    }

    private func insert(
        _ purpose: Purpose, name: String, bytes: [UInt8], at now: Int64, under master: SealingKey,
        in db: any SQLConnection
    ) throws -> SealingKey {
        let sealed = try master.seal(bytes, as: Keyring.place(purpose, name))
        let number = try db.row(
            "INSERT INTO wrapped_keys (purpose, name, wrapped, created_at) VALUES ($1, $2, $3, $4) RETURNING id",
            [.text(purpose.rawValue), .text(name), .blob(sealed), .integer(now)]
        ) { try $0.integer(0) }
        guard let number, let key = SealingKey(number: number, bytes: bytes) else {
            throw StoreError.broken("a key was not kept")
        }
        opened.withLock { $0[number] = key }
        return key
    }

    func key(_ number: Int64, in db: any SQLConnection) throws -> SealingKey {
        if let key = opened.withLock({ $0[number] }) { return key }
        let row = try db.row("SELECT purpose, name, wrapped FROM wrapped_keys WHERE id = $1", [.integer(number)]) {
            (try $0.text(0), try $0.text(1), try $0.blob(2))
        }
        guard let row, let purpose = Purpose(rawValue: row.0) else { throw StoreError.sealBroken }
        let bytes = try unwrap(row.2, purpose, name: row.1)
        guard let key = SealingKey(number: number, bytes: bytes) else { throw StoreError.sealBroken }
        opened.withLock { $0[number] = key }
        return key
    }

    /// The bytes of a wrapped key that are used otherwise than for sealing.
    func bytes(_ purpose: Purpose, name: String, in db: any SQLConnection) throws -> [UInt8]? {
        try wrapped(purpose, name: name, in: db).map { try unwrap($0, purpose, name: name) }
    }

    private func wrapped(_ purpose: Purpose, name: String, in db: any SQLConnection) throws -> [UInt8]? {
        try db.row(
            "SELECT wrapped FROM wrapped_keys WHERE purpose = $1 AND name = $2",
            [.text(purpose.rawValue), .text(name)]
        ) { try $0.blob(0) }
    }

    func unwrap(_ wrapped: [UInt8], _ purpose: Purpose, name: String) throws -> [UInt8] {
        try open(wrapped, purpose, name: name).bytes
    }

    /// Opens with the master key in use, or with the one that has replaced it.
    private func open(
        _ wrapped: [UInt8], _ purpose: Purpose, name: String
    ) throws -> (bytes: [UInt8], master: SealingKey) {
        let place = Keyring.place(purpose, name)
        if let key = master.withLock(\.self), let bytes = try? key.open(wrapped, as: place) { return (bytes, key) }
        for candidate in candidates() {
            guard let bytes = try? candidate.open(wrapped, as: place) else { continue }
            master.withLock { $0 = candidate }
            return (bytes, candidate)
        }
        throw StoreError.wrongMasterKey
    }

    /// Wraps every key anew.
    /// - Parameter bytes: the new master key, 32 bytes.
    /// - Returns: how many keys.
    func rewrap(under bytes: [UInt8], in db: any SQLConnection) throws -> Int {
        guard let next = SealingKey(number: 0, bytes: bytes) else { throw StoreError.wrongMasterKey }
        let rows = try db.rows("SELECT id, purpose, name, wrapped FROM wrapped_keys", []) {
            (id: try $0.integer(0), purpose: try $0.text(1), name: try $0.text(2), wrapped: try $0.blob(3))
        }
        for row in rows {
            guard let purpose = Purpose(rawValue: row.purpose) else { throw StoreError.sealBroken }
            let key = try unwrap(row.wrapped, purpose, name: row.name)
            try db.send(
                "UPDATE wrapped_keys SET wrapped = $2 WHERE id = $1",
                [.integer(row.id), .blob(try next.seal(key, as: Keyring.place(purpose, row.name)))])
        }
        successor.withLock { $0 = next }
        return rows.count
    }

    func forget(_ number: Int64) {
        opened.withLock { $0[number] = nil }
    }

    var openedNumbers: Set<Int64> { opened.withLock { Set($0.keys) } }

    /// Forgets opened keys that are kept no more, because another node has removed them.
    /// - Returns: the numbers of all that are kept.
    func forgetRemoved(in db: any SQLConnection) throws -> Set<Int64> {
        let kept = Set(try db.rows("SELECT id FROM wrapped_keys", []) { try $0.integer(0) })
        // One that was made since may be missing here: it is opened again when it is needed.
        opened.withLock { $0 = $0.filter { kept.contains($0.key) } }
        return kept
    }

    private static func place(_ purpose: Purpose, _ name: String) -> String { "key/\(purpose.rawValue)/\(name)" }
}
