internal import Synchronization

/// The master key, and the keys it wraps, opened once and kept in memory.
final class Keyring: Sendable {
    let master: SealingKey
    private let opened = Mutex<[Int64: SealingKey]>([:])

    /// What the keys are for: the `purpose` of a wrapped key.
    enum Purpose: String {
        case tenantData = "tenant-data"
        case installation
        case signing
    }

    init(master: SealingKey) {
        self.master = master
    }

    /// Makes a wrapped key of its own row.
    func create(
        _ purpose: Purpose, name: String, bytes: [UInt8], at now: Int64, in db: any SQLConnection
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
        let bytes = try master.open(row.2, as: Keyring.place(purpose, row.1))
        guard let key = SealingKey(number: number, bytes: bytes) else { throw StoreError.sealBroken }
        opened.withLock { $0[number] = key }
        return key
    }

    /// The bytes of a wrapped key that are used otherwise than for sealing.
    func bytes(_ purpose: Purpose, name: String, in db: any SQLConnection) throws -> [UInt8]? {
        let wrapped = try db.row(
            "SELECT wrapped FROM wrapped_keys WHERE purpose = $1 AND name = $2",
            [.text(purpose.rawValue), .text(name)]
        ) { try $0.blob(0) }
        return try wrapped.map { try unwrap($0, purpose, name: name) }
    }

    func unwrap(_ wrapped: [UInt8], _ purpose: Purpose, name: String) throws -> [UInt8] {
        do {
            return try master.open(wrapped, as: Keyring.place(purpose, name))
        } catch {
            throw StoreError.wrongMasterKey
        }
    }

    func forget(_ number: Int64) {
        opened.withLock { $0[number] = nil }
    }

    private static func place(_ purpose: Purpose, _ name: String) -> String { "key/\(purpose.rawValue)/\(name)" }
}
