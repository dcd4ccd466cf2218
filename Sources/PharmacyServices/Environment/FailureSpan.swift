internal import Logging
internal import PharmacyDomain

/// How often, and since when, something has failed without a success: what `FailureLog` and `OutageLog` have in common.
struct FailureSpan {
    /// By `ServerClock.elapsed`.
    let began: Duration
    private(set) var failures = 0

    init(from began: Duration) {
        self.began = began
    }

    mutating func add() { failures += 1 }

    /// The end of the span for the log: `failures` and `seconds`.
    func metadata(until end: Duration) -> Logger.Metadata {
        [
            "failures": .stringConvertible(failures),
            "seconds": .stringConvertible((end - began).components.seconds),
        ]
    }
}
