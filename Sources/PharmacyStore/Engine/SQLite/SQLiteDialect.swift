internal import FoundationEssentials

/// What SQLite wants said differently.
enum SQLiteDialect {
    /// The statement without row locks, for writes come one after the other; with indexes that are built at once, for the same
    /// reason; and with `?1` for `$1`: SQLite would number
    /// `$2 … $1` by first appearance and swap the binds silently.
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
