internal import Foundation
internal import PharmacyStore
internal import PharmacyTestSupport

/// Measures the cost of requests and stored orders at 10⁴, 10⁵ and 10⁶ patients and orders, on one engine: the latency and
/// rate of each hot operation, the size of the tables on disk, and the plan of each statement at the largest size.
///
/// Most rows are written without the verbs, many in one statement (`BulkFill`). They equal the rows that the verbs would have
/// written, sealed with the tenants' keys, so that all of them can be read. The measured operations use the verbs, in one
/// process without HTTP, which `Benchmarks/run` measures.
///
/// Environment: ENGINE (sqlite, or postgresql: DATABASE_URL names an empty database of a superuser's), SIZES ("10000
/// 100000 1000000"), ROUNDS (3), SECONDS_EACH (0.5: how long an operation is repeated in a round), PLANS (where the plans
/// are written). The report goes to standard output, progress to standard error.
@main
struct ScalingBenchmark {
    static func main() async {
        do {
            let settings = try Settings(ProcessInfo.processInfo.environment)
            let database = try Database(settings)
            defer { database.remove() }
            try await ScalingBenchmark(settings: settings, database: database).run()
        } catch {
            Progress.report("failed: \(error)")
            exit(1)
        }
    }

    let settings: Settings
    let database: Database

    private func run() async throws {
        Progress.report(
            "\(database.engine.rawValue): sizes \(settings.sizes), \(settings.rounds) rounds,",
            "\(settings.secondsEach) s for each operation")
        let time = ManualClock()
        var report = Report(engine: database.engine, sizes: settings.sizes)
        let partners = try await database.with(time: time) { try await Partners(in: $0) }
        // The oldest event of the largest size must be younger than the retention.
        let pace = Duration.seconds(20 * 86_400) / settings.largest
        for size in settings.sizes {
            let watch = ContinuousClock.now
            let filled = try await database.with(time: time, forFilling: true) { installation in
                try await BulkFill(installation: installation, partners: partners, pace: pace).fill(upTo: size)
            }
            report.note("filling", at: size, "\(filled) pairs in \(Progress.seconds(since: watch))")
            try database.settle()
            // Every page of a large database is read.
            let storage = try await database.with(time: time) { installation in
                try await TransactionTimeLimit.$current.withValue(.seconds(600)) {
                    try await database.storage(in: installation)
                }
            }
            report.add(storage, at: size)
            let filledAt = time.now()
            for round in 1...settings.rounds {
                Progress.report("\(size): round \(round) of \(settings.rounds)")
                if round > 1 { try database.settle() }
                // Each round begins with empty caches.
                try await database.with(time: time) { installation in
                    let operations = try await HotOperations(
                        installation: installation, partners: partners, filledAt: filledAt, pace: pace, size: size)
                    try await measure(operations, on: installation, at: size, into: &report)
                }
            }
        }
        try await writePlans(partners: partners, time: time, pace: pace)
        print(report.text)
    }

    private func measure(
        _ operations: HotOperations, on installation: TestInstallation, at size: Int, into report: inout Report
    ) async throws {
        let measuring = Measuring(seconds: settings.secondsEach)
        let before = ResidentMemory()
        report.add(try await measuring.once(operations.coldSearch), to: operations.coldSearch.name, at: size)
        report.add(try await measuring.round(operations.warmSearch), to: operations.warmSearch.name, at: size)
        report.note(
            "resident memory", at: size, "\(before) before the first search by e-mail, \(ResidentMemory()) after")
        for operation in operations.reads + operations.writes {
            report.add(try await measuring.round(operation), to: operation.name, at: size)
        }
        try await installation.leaveNothingDue()
        for backlog in operations.backlogs {
            try await backlog.build()
            report.add(try await measuring.round(backlog.operation), to: backlog.operation.name, at: size)
            try await backlog.clear()
        }
        report.add(try await measuring.round(operations.pruning), to: operations.pruning.name, at: size)
    }

    private func writePlans(partners: Partners, time: ManualClock, pace: Duration) async throws {
        Progress.report("writing the plans to \(settings.plans)")
        try database.settle()
        let log = StatementLog()
        let filledAt = time.now()
        let text = try await database.with(time: time, statements: log) { installation in
            let operations = try await HotOperations(
                installation: installation, partners: partners, filledAt: filledAt, pace: pace, size: settings.largest)
            return try await QueryPlans(installation: installation, engine: database.engine, log: log).text(operations)
        }
        let file = URL(filePath: settings.plans)
        try FileManager.default.createDirectory(
            at: file.deletingLastPathComponent(), withIntermediateDirectories: true)
        try Data(text.utf8).write(to: file)
    }
}

/// Settings from the environment.
struct Settings: Sendable {
    let engine: Database.Engine
    let databaseURL: String?
    let sizes: [Int]
    let rounds: Int
    let secondsEach: Double
    let plans: String

    var largest: Int { sizes.last ?? 1 }

    /// - Throws: `BenchmarkFailure.setting`.
    init(_ environment: [String: String]) throws {
        func read<Value>(_ name: String, _ standard: Value, _ parse: (String) -> Value?) throws -> Value {
            guard let text = environment[name], !text.isEmpty else { return standard }
            guard let value = parse(text) else { throw BenchmarkFailure.setting(name) }
            return value
        }
        engine = try read("ENGINE", .sqlite, Database.Engine.init(rawValue:))
        databaseURL = environment["DATABASE_URL"].flatMap { $0.isEmpty ? nil : $0 }
        sizes = try read("SIZES", [10_000, 100_000, 1_000_000]) { text in
            let sizes = text.split(separator: " ").map { Int($0) ?? 0 }
            return sizes.isEmpty || sizes.contains { $0 < 1_000 } || sizes != sizes.sorted() ? nil : sizes
        }
        rounds = try read("ROUNDS", 3) { Int($0).flatMap { $0 > 0 ? $0 : nil } }
        secondsEach = try read("SECONDS_EACH", 0.5) { Double($0).flatMap { $0 > 0 ? $0 : nil } }
        plans = try read("PLANS", ".build/scaling/plans-\(engine.rawValue).txt") { $0 }
    }
}

enum BenchmarkFailure: Error {
    /// A setting cannot be read; SIZES are 1,000 or more each and ascend.
    case setting(String)
    case databaseIsNotEmpty
    case command(String, status: Int32)
    case setUp(String)
    /// A bulk-filled row differs from one that a verb wrote.
    case unreadable(String)
}
