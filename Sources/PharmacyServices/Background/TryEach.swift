/// Does work on each item in turn, including those after one that failed, whose failure may concern only itself.
/// - Throws: the last failure, after all items have been tried; a cancellation at once.
func tryEach<Item>(_ items: [Item], _ work: (Item) async throws -> Void) async throws {
    var failure: (any Error)?
    for item in items {
        do {
            try await work(item)
        } catch let error as CancellationError {
            throw error
        } catch {
            failure = error
        }
    }
    if let failure { throw failure }
}
