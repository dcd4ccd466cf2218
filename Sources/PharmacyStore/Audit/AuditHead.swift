/// Both ends of the chain.
package struct AuditHead: Hashable, Sendable {
    /// The newest entry's number; 0 when there has been none.
    package let sequence: Int64
    package let hash: [UInt8]
    /// Whether the row that vouches for the checkpoint and for what retention removed was written with the chain's key.
    package let isCheckpointGenuine: Bool
    /// Whether, besides, the newest entry ends a commit and does not lie before the checkpoint. Nothing that follows a head
    /// that is not genuine ever is.
    package let isGenuine: Bool
    let checkpoint: AuditCheckpoint

    /// The newest entry that retention has removed; 0 when none.
    package var prunedSequence: Int64 { checkpoint.prunedSequence }
    package var prunedHash: [UInt8] { checkpoint.prunedHash }

    /// Whether a hash is that of an entry as the checkpoint has it; also where the checkpoint is about another entry.
    package func agrees(with hash: [UInt8], at sequence: Int64) -> Bool {
        sequence != checkpoint.sequence || hash == checkpoint.hash
    }
}
