internal import Crypto
package import PharmacyDomain

/// The arithmetic of the audit log's chain, keyed (HMAC-SHA256): who can write the database but has no master key can
/// neither make a line that fits nor a head that vouches for one.
///
/// A key that was replaced goes on vouching for the entries of its time: each key has those from its first entry up to the
/// next key's.
package struct AuditChain: Sendable, Redacted {
    /// A key, as the beginnings of its codes: what is the same in all of a purpose is computed once.
    private struct Key {
        let first: Int64
        let entry: HMAC<SHA256>
        let head: HMAC<SHA256>
        let end: HMAC<SHA256>

        init(first: Int64, bytes: [UInt8]) {
            let key = SymmetricKey(data: bytes)
            self.first = first
            entry = Key.beginning("entry", key)
            head = Key.beginning("head", key)
            end = Key.beginning("end", key)
        }

        private static func beginning(_ purpose: StaticString, _ key: SymmetricKey) -> HMAC<SHA256> {
            var code = HMAC<SHA256>(key: key)
            code.update(data: Array("united-pharmacy/audit/\(purpose)/".utf8))
            return code
        }
    }

    /// By their first entries, ascending.
    private let keys: [Key]

    /// - Parameters:
    ///   - key: 32 bytes; the first one's.
    ///   - successors: those that have replaced it, 32 bytes each, and their first entries.
    package init(key: [UInt8], successors: [(first: Int64, key: [UInt8])] = []) {
        keys =
            [Key(first: Int64.min, bytes: key)]
            + successors.map { Key(first: $0.first, bytes: $0.key) }.sorted { $0.first < $1.first }
    }

    /// How many keys have replaced the first.
    var successors: Int { keys.count - 1 }

    /// The first entry of the key in use: a log that does not reach it has lost its end. Whoever holds a key that was
    /// replaced could make an end before it.
    var newestFirst: Int64 { keys[keys.count - 1].first }

    private func key(at sequence: Int64) -> Key { keys.last { $0.first <= sequence } ?? keys[0] }

    /// What the line before the first counts as.
    package static let start = [UInt8](repeating: 0, count: 32)

    /// The hash of an entry behind the one with the hash `previous`.
    package func hash(_ entry: AuditEntry, after previous: [UInt8]) -> [UInt8] {
        code(key(at: entry.sequence).entry, previous + entry.canonicalBytes)
    }

    /// Authenticates a checkpoint: who has no key can put back an older one, but make none.
    func seal(_ checkpoint: AuditCheckpoint) -> [UInt8] {
        let numbers = [checkpoint.sequence, checkpoint.prunedSequence].flatMap(AuditChain.bytes)
        return code(key(at: Int64.max).head, numbers + checkpoint.hash + checkpoint.prunedHash)
    }

    /// Authenticates the last entry of a commit: a log that ends within a commit has lost entries.
    func seal(endAt sequence: Int64, hash: [UInt8]) -> [UInt8] {
        code(key(at: sequence).end, AuditChain.bytes(sequence) + hash)
    }

    private static func bytes(_ number: Int64) -> [UInt8] {
        (0..<8).map { UInt8(truncatingIfNeeded: number >> (56 - 8 * $0)) }
    }

    private func code(_ beginning: HMAC<SHA256>, _ bytes: [UInt8]) -> [UInt8] {
        var code = beginning
        code.update(data: bytes)
        return Array(code.finalize())
    }
}
