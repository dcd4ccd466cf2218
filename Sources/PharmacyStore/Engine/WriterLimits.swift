/// The limits of a writer.
struct WriterLimits {
    /// Writes that share a commit, 1 or more.
    var writesPerCommit = StoreLimits.writesPerCommit
    /// How long a write may wait for its turn.
    var wait = StoreLimits.connectionWait
}
