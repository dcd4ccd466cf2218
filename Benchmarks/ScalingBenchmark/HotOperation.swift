/// Something that partners or the server itself do again and again.
struct HotOperation: Sendable {
    let name: String
    /// The most that it is done in one phase of a round; `nil`: as often as the time allows.
    var limit: Int?
    /// Whether it is done several at a time, too.
    var isConcurrent = true
    /// Does it once; the number counts up.
    let run: @Sendable (Int) async throws -> Void
}
