internal import Crypto
package import PharmacyDomain

/// Computes the hashes and seals of the audit log's chain (HMAC-SHA256). Somebody who can write the database but has no master
/// key can neither create an entry that fits nor a head that vouches for one.
///
/// Each key authenticates the entries from its first one up to the next key's first one.
package struct AuditChain: Sendable, Redacted {
    /// A key, as the keyed states from which its codes start: the constant start of each purpose is computed once.
    private struct Key {
        let first: Int64
        let entry: HMAC<SHA256>
        let head: HMAC<SHA256>
        let end: HMAC<SHA256>

        init(first: Int64, bytes: [UInt8]) {
            let key = SymmetricKey(data: bytes)
            self.first = first
            entry = Key.keyed("entry", key)
            head = Key.keyed("head", key)
            end = Key.keyed("end", key)
        }

        private static func keyed(_ purpose: StaticString, _ key: SymmetricKey) -> HMAC<SHA256> {
            var code = HMAC<SHA256>(key: key)
            code.update(data: Array("united-pharmacy/audit/\(purpose)/".utf8))
            return code
        }
    }

    /// The keys by their first entries, ascending.
    private let keys: [Key]

    /// - Parameters:
    ///   - key: the first key, 32 bytes.
    ///   - successors: later keys, 32 bytes each, and their first entries.
    package init(key: [UInt8], successors: [(first: Int64, key: [UInt8])] = []) {
        keys =
            [Key(first: Int64.min, bytes: key)]
            + successors.map { Key(first: $0.first, bytes: $0.key) }.sorted { $0.first < $1.first }
    }

    /// How many keys came after the first one.
    var successors: Int { keys.count - 1 }

    /// The first entry of the present key. A log that does not reach it has lost its end: somebody with an old key could forge an
    /// end before it.
    var newestFirst: Int64 { keys[keys.count - 1].first }

    private func key(at sequence: Int64) -> Key { keys.last { $0.first <= sequence } ?? keys[0] }

    /// The hash before the first entry.
    package static let start = [UInt8](repeating: 0, count: 32)

    /// The hash of an entry that follows an entry with the hash `previous`.
    package func hash(_ entry: AuditEntry, after previous: [UInt8]) -> [UInt8] {
        var bytes = previous
        bytes.reserveCapacity(384)
        entry.writeCanonicalBytes(to: &bytes)
        return code(key(at: entry.sequence).entry, bytes)
    }

    /// Authenticates a checkpoint. Somebody without the key can put back an older checkpoint, but not create one.
    func seal(_ checkpoint: AuditCheckpoint) -> [UInt8] {
        let numbers = [checkpoint.sequence, checkpoint.prunedSequence].flatMap(AuditChain.bytes)
        return code(key(at: Int64.max).head, numbers + checkpoint.hash + checkpoint.prunedHash)
    }

    /// Authenticates the last entry of a commit. A log that ends within a commit has lost entries.
    func seal(endAt sequence: Int64, hash: [UInt8]) -> [UInt8] {
        code(key(at: sequence).end, AuditChain.bytes(sequence) + hash)
    }

    private static func bytes(_ number: Int64) -> [UInt8] {
        (0..<8).map { UInt8(truncatingIfNeeded: number >> (56 - 8 * $0)) }
    }

    private func code(_ start: HMAC<SHA256>, _ bytes: [UInt8]) -> [UInt8] {
        var code = start
        code.update(data: bytes)
        return Array(code.finalize())
    }
}
