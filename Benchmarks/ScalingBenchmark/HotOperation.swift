/// An operation that partners or the server perform frequently.
struct HotOperation: Sendable {
    let name: String
    /// The most runs in one phase of a round; `nil`: limited only by the time.
    var limit: Int?
    /// Whether it is also run concurrently.
    var isConcurrent = true
    /// Runs it once; the number increases with each run.
    let run: @Sendable (Int) async throws -> Void
}
