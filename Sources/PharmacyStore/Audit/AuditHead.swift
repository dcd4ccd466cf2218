package import PharmacyDomain

/// The ends of the audit log, and whether they are genuine.
package struct AuditHead: Hashable, Sendable {
    /// The number of the newest entry; 0 before the first.
    package let sequence: Int64
    package let hash: [UInt8]
    /// Whether the checkpoint was sealed with the chain's key.
    package let isCheckpointGenuine: Bool
    /// Whether the checkpoint is genuine, and the newest entry is sealed as the end of a commit and not before the checkpoint. A
    /// head after one that is not genuine never is.
    package let isGenuine: Bool
    let checkpoint: AuditCheckpoint

    /// The newest entry.
    package var mark: AuditMark { AuditMark(sequence: sequence, hash: hash) }

    /// The newest entry that retention has removed; 0 without one.
    package var prunedSequence: Int64 { checkpoint.prunedSequence }
    package var prunedHash: [UInt8] { checkpoint.prunedHash }

    /// Whether an entry's hash agrees with the checkpoint; always `true` for entries other than the checkpoint's.
    package func agrees(with hash: [UInt8], at sequence: Int64) -> Bool {
        sequence != checkpoint.sequence || hash == checkpoint.hash
    }
}
