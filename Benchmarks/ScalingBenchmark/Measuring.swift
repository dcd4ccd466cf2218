internal import PharmacyServices
internal import Synchronization

/// The result of one round of an operation.
struct Measurement: Sendable {
    /// The median latency of sequential runs.
    let microseconds: Double
    /// The rate of concurrent runs; `nil` if it was not measured.
    let eachSecond: Double?
}

/// Runs an operation repeatedly, first sequentially, then concurrently.
struct Measuring: Sendable {
    /// For each of the two.
    let seconds: Double

    private static let concurrency = 32
    /// Operations that take longer than this run with only as much concurrency as there are reading connections: the rate is
    /// the same, and no round takes minutes.
    private static let slowMicroseconds = 50_000.0
    private static let slowConcurrency = 4
    private static let leastRuns = 3
    /// The time after which the store aborts a statement.
    private static let storeTimeout = 30_000_000.0

    /// One run alone, with nothing before it.
    func once(_ operation: HotOperation) async throws -> Measurement {
        Measurement(microseconds: try await time(operation, 0), eachSecond: nil)
    }

    func round(_ operation: HotOperation) async throws -> Measurement {
        // Work that a connection does once is not measured.
        if operation.limit == nil { _ = try await time(operation, 0) }
        let alone = try await latency(operation)
        guard operation.isConcurrent, alone < Measuring.storeTimeout else {
            return Measurement(microseconds: alone, eachSecond: nil)
        }
        return Measurement(microseconds: alone, eachSecond: try await rate(operation, latency: alone))
    }

    private func time(_ operation: HotOperation, _ number: Int) async throws -> Double {
        let start = ContinuousClock.now
        do {
            try await operation.run(number)
        } catch ServiceError.storageUnavailable {
            Progress.report("\(operation.name) was given up by the store")
            return Measuring.storeTimeout
        }
        return (ContinuousClock.now - start).inSeconds * 1e6
    }

    private func latency(_ operation: HotOperation) async throws -> Double {
        var runs: [Double] = []
        let deadline = ContinuousClock.now + .seconds(seconds)
        // A part of the limit, so that most is left for several at a time.
        let limit = operation.limit.map { operation.isConcurrent ? max(Measuring.leastRuns, $0 / 5) : $0 } ?? Int.max
        while runs.count < limit, runs.count < Measuring.leastRuns || ContinuousClock.now < deadline {
            runs.append(try await time(operation, runs.count))
        }
        return runs.median
    }

    private func rate(_ operation: HotOperation, latency: Double) async throws -> Double {
        let width = latency > Measuring.slowMicroseconds ? Measuring.slowConcurrency : Measuring.concurrency
        // Continues after the numbers of the sequential runs.
        let first = Measuring.numbersAlone
        let limit = operation.limit ?? Int.max - first
        let counter = Counter()
        let start = ContinuousClock.now
        let deadline = start + .seconds(seconds)
        let done = try await withThrowingTaskGroup(of: Int.self) { group in
            for _ in 0..<width {
                group.addTask {
                    var done = 0
                    while ContinuousClock.now < deadline || done == 0 {
                        let number = counter.next()
                        guard number <= limit else { break }
                        try await operation.run(first + number)
                        done += 1
                    }
                    return done
                }
            }
            return try await group.reduce(0, +)
        }
        return Double(done) / (ContinuousClock.now - start).inSeconds
    }

    private static let numbersAlone = 1_000_000
}

/// Counts from 1.
private final class Counter: Sendable {
    private let count = Atomic(0)

    func next() -> Int { count.wrappingAdd(1, ordering: .relaxed).newValue }
}

extension [Double] {
    /// 0 of none.
    var median: Double { isEmpty ? 0 : sorted()[count / 2] }
}
