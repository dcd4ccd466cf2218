internal import Crypto

/// SHA-256 over the rows of a table in the order of their keys: the same on either engine exactly where the rows are.
struct TableDigest {
    private var hash = SHA256()
    private(set) var rows = 0

    /// Takes in a row: each column with a byte for its type and, where it may vary, its length, so that no two different
    /// rows are the same bytes.
    mutating func add(_ values: [SQLValue]) {
        var bytes: [UInt8] = []
        for value in values {
            switch value {
            case .null: bytes.append(0)
            case .integer(let number): bytes += [1] + TableDigest.bytes(number)
            case .text(let text): bytes += [2] + TableDigest.bytes(Int64(text.utf8.count)) + Array(text.utf8)
            case .blob(let blob): bytes += [3] + TableDigest.bytes(Int64(blob.count)) + blob
            }
        }
        hash.update(data: bytes)
        rows += 1
    }

    var value: [UInt8] { Array(hash.finalize()) }

    /// Big endian.
    private static func bytes(_ number: Int64) -> [UInt8] {
        (0..<8).map { UInt8(truncatingIfNeeded: number >> (56 - 8 * $0)) }
    }
}
