internal import FoundationEssentials

/// SQLite's differences from the SQL of this program.
enum SQLiteDialect {
    /// The statement in SQLite's SQL: without row locks and concurrent index builds, because writes run one after the other; and
    /// with `?1` for `$1`, because SQLite would number `$2 … $1` by first appearance and swap the binds silently.
    static func render(_ sql: SQL) -> String {
        var text: [UInt8] = []
        let unlocked = sql.text.replacing("FOR UPDATE SKIP LOCKED", with: "").replacing("FOR UPDATE", with: "")
            .replacing("INDEX CONCURRENTLY", with: "INDEX")
        let bytes = Array(unlocked.utf8)
        for (index, byte) in bytes.enumerated() {
            let isBind =
                byte == UInt8(ascii: "$") && index + 1 < bytes.count
                && (UInt8(ascii: "1")...UInt8(ascii: "9")).contains(bytes[index + 1])
            text.append(isBind ? UInt8(ascii: "?") : byte)
        }
        return String(decoding: text, as: UTF8.self)
    }
}
