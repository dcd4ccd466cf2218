internal import Foundation

/// Measures how many orders a bare loop makes durable on this machine: it writes the rows of an order as the server stores them, some
/// orders in each transaction, and does nothing else. No program that stores orders in SQLite can be faster.
///
/// Usage: `CommitFloor DATABASE SECONDS BATCH`. The database is a copy of one of the server's, with an order that has a webhook URL and
/// an idempotency key. It is written to.
@main
struct CommitFloor {
    static func main() throws {
        let arguments = CommandLine.arguments
        guard arguments.count == 4, let seconds = Double(arguments[2]), let batch = Int(arguments[3]), batch > 0 else {
            throw FloorFailure("usage: CommitFloor DATABASE SECONDS BATCH")
        }
        let database = try FloorDatabase(path: arguments[1])
        let copier = try OrderCopier(database)
        let start = ContinuousClock.now
        let end = start + .seconds(seconds)
        var orders = 0
        while ContinuousClock.now < end {
            try database.run("BEGIN IMMEDIATE")
            for _ in 0..<batch { try copier.insertOrder() }
            try database.run("COMMIT")
            orders += batch
        }
        let span = (ContinuousClock.now - start) / Duration.seconds(1)
        print("orders_per_second \(Int(Double(orders) / span))")
    }
}

struct FloorFailure: Error, CustomStringConvertible {
    let description: String

    init(_ description: String) {
        self.description = description
    }
}
