internal import Dispatch
internal import Glibc
internal import Synchronization

/// Runs the server's hottest paths some times each, one after the other, so that their instructions can be counted:
/// `Benchmarks/instructions` runs this program under Valgrind.
///
/// Usage: `HotPaths COUNT`. Prints the names of the paths in their order.
@main
struct HotPaths {
    /// Not `async`: the first thread would then end, and Valgrind does not survive that.
    static func main() throws {
        guard CommandLine.arguments.count == 2, let count = Int(CommandLine.arguments[1]), count > 0 else {
            throw HotPathFailure("usage: HotPaths COUNT")
        }
        let end = End()
        Task.detached {
            end.set(await Task { try await run(count) }.result)
        }
        try end.wait()
    }

    private static func run(_ count: Int) async throws {
        let partner = try await HotPathPartner()
        for path in partner.paths {
            // The first runs prepare statements, and fill caches.
            for _ in 0..<2 { try await path.run() }
            for _ in 0..<count { try await path.prepare() }
            countingChanges()
            for _ in 0..<count { try await path.run() }
            countingChanges()
            print(path.name)
        }
        await partner.close()
    }
}

/// The result for which the first thread waits.
private final class End: Sendable {
    private let result = Mutex<Result<Void, any Error>>(.success(()))
    private let semaphore = DispatchSemaphore(value: 0)

    func set(_ result: Result<Void, any Error>) {
        self.result.withLock { $0 = result }
        semaphore.signal()
    }

    func wait() throws {
        semaphore.wait()
        try result.withLock(\.self).get()
    }
}

/// Where Valgrind begins a new count: it finds the function by its name. A function without any effect would be optimized away.
@inline(never)
func countingChanges() { sched_yield() }

struct HotPathFailure: Error, CustomStringConvertible {
    let description: String

    init(_ description: String) {
        self.description = description
    }
}

/// Something that the server does for each request, each order or each delivery.
struct HotPath {
    let name: String
    /// Makes what one run needs; not counted.
    var prepare: () async throws -> Void = {}
    let run: () async throws -> Void
}
