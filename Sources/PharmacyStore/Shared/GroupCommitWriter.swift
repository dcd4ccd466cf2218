internal import DequeModule
internal import NIOPosix
internal import Synchronization

/// The one writing connection. Writes that arrive while a commit is under way share the next one (group commit): each
/// runs in a savepoint of its own, so one that fails fails alone, and all of them wait for the same flush to disk.
final class GroupCommitWriter<Connection: TransactionalConnection>: Sendable {
    /// A write that waits. `perform` runs it inside the open transaction and returns what tells its caller the end:
    /// called with `nil` after the commit, with the error when the commit failed.
    private struct Job: Sendable {
        let perform: @Sendable (Connection, _ isAlone: Bool) -> @Sendable (StoreError?) -> Void
        let refuse: @Sendable (StoreError) -> Void
    }

    private struct State {
        var waiting: Deque<Job> = []
        var isDraining = false
        var isClosed = false
        var closing: [CheckedContinuation<Void, Never>] = []
    }

    /// `@unchecked Sendable` holds because only `drain`, of which one runs at a time on the one thread, touches it.
    private struct Exclusive: @unchecked Sendable {
        let connection: Connection
    }

    private let writing: Exclusive
    private let thread = NIOThreadPool(numberOfThreads: 1)
    private let state = Mutex(State())
    private let ring: @Sendable (Set<StoreBell>) -> Void

    /// - Parameter ring: called after a commit that left something to do.
    init(_ connection: Connection, ring: @escaping @Sendable (Set<StoreBell>) -> Void) {
        writing = Exclusive(connection: connection)
        self.ring = ring
        thread.start()
    }

    func run<Value: Sendable>(
        _ body: @escaping @Sendable (any SQLConnection) throws -> Value
    ) async throws -> Value {
        try await withCheckedThrowingContinuation { (continuation: CheckedContinuation<Value, any Error>) in
            enqueue(
                Job(
                    perform: { connection, isAlone in
                        let result = GroupCommitWriter.attempt(body, on: connection, isAlone: isAlone)
                        return { failure in
                            if let failure, case .success = result {
                                continuation.resume(throwing: failure)
                            } else {
                                continuation.resume(with: result)
                            }
                        }
                    },
                    refuse: { continuation.resume(throwing: $0) }))
        }
    }

    /// Runs a body so that its failure leaves nothing behind. Alone in its transaction it needs no savepoint: the
    /// failure rolls back the transaction.
    private static func attempt<Value>(
        _ body: (any SQLConnection) throws -> Value, on connection: Connection, isAlone: Bool
    ) -> Result<Value, any Error> {
        if isAlone {
            let result = Result { try body(connection) }
            if case .failure = result, !connection.isOutsideTransaction { try? connection.rollBack() }
            return result
        }
        do {
            try connection.run("SAVEPOINT one", [])
            do {
                let value = try body(connection)
                try connection.run("RELEASE one", [])
                return .success(value)
            } catch {
                if !connection.isOutsideTransaction {
                    try connection.run("ROLLBACK TO one", [])
                    try connection.run("RELEASE one", [])
                }
                throw error
            }
        } catch {
            return .failure(error)
        }
    }

    private func enqueue(_ job: Job) {
        let (refusal, mustStart): (StoreError?, Bool) = state.withLock { state in
            if state.isClosed { return (.closed, false) }
            if state.waiting.count >= StoreLimits.waitingWrites { return (.overloaded, false) }
            state.waiting.append(job)
            defer { state.isDraining = true }
            return (nil, !state.isDraining)
        }
        if let refusal { job.refuse(refusal) }
        if mustStart { startDraining() }
    }

    private func startDraining() {
        thread.submit { [self] state in
            if case .active = state { drain() } else { refuseAll() }
        }
    }

    private func drain() {
        while true {
            let batch = state.withLock { state in
                let count = min(state.waiting.count, StoreLimits.writesPerCommit)
                let batch = Array(state.waiting.prefix(count))
                state.waiting.removeFirst(count)
                if batch.isEmpty { state.isDraining = false }
                return batch
            }
            if batch.isEmpty { break }
            commit(batch)
        }
        let closing = state.withLock { state in
            guard state.isClosed, !state.isDraining else { return [CheckedContinuation<Void, Never>]() }
            defer { state.closing = [] }
            return state.closing
        }
        for continuation in closing { continuation.resume() }
    }

    private func commit(_ batch: [Job]) {
        let connection = writing.connection
        do {
            try connection.beginWriting()
        } catch {
            let failure = GroupCommitWriter.storeError(error)
            for job in batch { job.refuse(failure) }
            return
        }
        var endings: [@Sendable (StoreError?) -> Void] = []
        for (index, job) in batch.enumerated() {
            endings.append(job.perform(connection, batch.count == 1))
            // A full disk, or a lost connection, rolls back everything; what follows must not run outside.
            if batch.count > 1, connection.isOutsideTransaction {
                let failure = StoreError.unavailable("the transaction was rolled back")
                for ending in endings { ending(failure) }
                for later in batch[(index + 1)...] { later.refuse(failure) }
                _ = connection.takeBells()
                return
            }
        }
        var failure: StoreError?
        if !connection.isOutsideTransaction {
            do {
                try connection.commit()
            } catch {
                failure = GroupCommitWriter.storeError(error)
                if !connection.isOutsideTransaction { try? connection.rollBack() }
            }
        }
        for ending in endings { ending(failure) }
        let rung = connection.takeBells()
        if failure == nil, !rung.isEmpty { ring(rung) }
    }

    private static func storeError(_ error: any Error) -> StoreError {
        error as? StoreError ?? .unavailable("the transaction failed")
    }

    private func refuseAll() {
        let waiting = state.withLock { state in
            defer {
                state.waiting = []
                state.isDraining = false
            }
            return Array(state.waiting)
        }
        for job in waiting { job.refuse(.closed) }
    }

    /// Waits for the writes that were accepted, then closes the connection.
    func close() async {
        await withCheckedContinuation { (continuation: CheckedContinuation<Void, Never>) in
            let isIdle = state.withLock { state in
                state.isClosed = true
                if state.isDraining { state.closing.append(continuation) }
                return !state.isDraining
            }
            if isIdle { continuation.resume() }
        }
        try? await thread.shutdownGracefully()
        writing.connection.close()
    }
}
