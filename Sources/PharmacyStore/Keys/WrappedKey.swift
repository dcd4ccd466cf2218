/// A key as the database stores it, wrapped by the master key.
struct WrappedKey {
    let id: Int64
    let purpose: Keyring.Purpose
    let name: String
    let wrapped: [UInt8]
    /// Milliseconds since 1970.
    let createdAt: Int64

    /// Selects the columns of `init(_:)`.
    static let columns: SQL = "SELECT id, purpose, name, wrapped, created_at FROM wrapped_keys"

    init(_ row: any SQLRow) throws {
        guard let purpose = Keyring.Purpose(rawValue: try row.text(1)) else { throw StoreError.sealBroken }
        self.purpose = purpose
        id = try row.integer(0)
        name = try row.text(2)
        wrapped = try row.blob(3)
        createdAt = try row.integer(4)
    }

    /// To what the wrap is bound: a key that was moved to another row does not unwrap.
    var context: String { WrappedKey.context(purpose, name, id: id) }

    static func context(_ purpose: Keyring.Purpose, _ name: String, id: Int64) -> String {
        "key/\(purpose.rawValue)/\(name)/\(id)"
    }

    /// To what earlier versions bound a wrap (`wrap_format` 1).
    var contextWithoutRow: String { "key/\(purpose.rawValue)/\(name)" }

    /// The present `wrap_format`: wraps are bound to the ids of their rows.
    static let format: Int64 = 2
}
