/// What became of a batch of writes that shared a transaction.
struct BatchOutcome {
    /// The result of each write, `nil` where it was not run.
    var results: [Result<Void, any Error>?]
    let scopes: Set<WriteScope>
    /// The scopes that another transaction holds.
    var heldScopes: Set<WriteScope> = []
    /// Why the transaction has no effect, or why its outcome is not known; `nil` after its commit.
    var failure: StoreError?

    init(_ batch: [WaitingWrite]) {
        results = [Result<Void, any Error>?](repeating: nil, count: batch.count)
        scopes = Set(batch.map(\.scope))
    }

    /// The result for a write's caller: the write's own failure takes precedence over the transaction's.
    func result(ofWrite index: Int) -> Result<Void, any Error> {
        switch (results[index], failure) {
        case (.failure(let own), _): .failure(own)
        case (.success, nil): .success(())
        case (_, let failure): .failure(failure ?? .unavailable("the transaction failed"))
        }
    }
}
