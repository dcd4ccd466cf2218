/// What SQLite wants said differently.
enum SQLiteDialect {
    /// The statement with `?1` for `$1`: SQLite would number `$2 … $1` by first appearance and swap the binds silently.
    static func render(_ sql: SQL) -> String {
        var text: [UInt8] = []
        let bytes = Array(sql.text.utf8)
        for (index, byte) in bytes.enumerated() {
            let isBind =
                byte == UInt8(ascii: "$") && index + 1 < bytes.count
                && (UInt8(ascii: "1")...UInt8(ascii: "9")).contains(bytes[index + 1])
            text.append(isBind ? UInt8(ascii: "?") : byte)
        }
        return String(decoding: text, as: UTF8.self)
    }
}
