internal import Crypto
package import PharmacyDomain

/// The arithmetic of the audit log's chain, keyed (HMAC-SHA256): who can write the database but has no master key can
/// neither make a line that fits nor a head that vouches for one.
package struct AuditChain: Sendable, Redacted {
    private let key: SymmetricKey

    /// - Parameter key: 32 bytes.
    package init(key: [UInt8]) {
        self.key = SymmetricKey(data: key)
    }

    /// What the line before the first counts as.
    package static let start = [UInt8](repeating: 0, count: 32)

    /// The hash of an entry behind the one with the hash `previous`.
    package func hash(_ entry: AuditEntry, after previous: [UInt8]) -> [UInt8] {
        code("entry", previous + entry.canonicalBytes)
    }

    /// Vouches for where the chain begins and ends: lines cut off at either end are missed.
    func seal(_ head: AuditHead) -> [UInt8] {
        code("head", [head.sequence, head.prunedSequence].flatMap(AuditChain.bytes) + head.hash + head.prunedHash)
    }

    private static func bytes(_ number: Int64) -> [UInt8] {
        (0..<8).map { UInt8(truncatingIfNeeded: number >> (56 - 8 * $0)) }
    }

    private func code(_ purpose: StaticString, _ bytes: [UInt8]) -> [UInt8] {
        var code = HMAC<SHA256>(key: key)
        code.update(data: Array("united-pharmacy/audit/\(purpose)/".utf8))
        code.update(data: bytes)
        return Array(code.finalize())
    }
}

/// Both ends of the chain.
package struct AuditHead: Hashable, Sendable {
    /// The newest line's number; 0 when there has been none.
    package var sequence: Int64 = 0
    package var hash = AuditChain.start
    /// The newest line that retention has removed; 0 when none.
    package var prunedSequence: Int64 = 0
    package var prunedHash = AuditChain.start

    package init() {}

    init(sequence: Int64, hash: [UInt8], prunedSequence: Int64, prunedHash: [UInt8]) {
        self.sequence = sequence
        self.hash = hash
        self.prunedSequence = prunedSequence
        self.prunedHash = prunedHash
    }
}

/// A line as it is kept.
package struct ChainedAuditEntry: Sendable {
    package let sequence: Int64
    /// `nil` when its columns are none that this program writes.
    package let entry: AuditEntry?
    package let hash: [UInt8]
}
