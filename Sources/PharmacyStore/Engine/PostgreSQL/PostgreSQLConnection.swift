#if PostgreSQL
internal import CLibPQ
internal import FoundationEssentials
internal import Glibc
internal import PharmacyDomain

/// One connection to a PostgreSQL server with its prepared statements. One thread uses it at a time. Its calls block until
/// `deadline` at the latest.
///
/// A lost connection is made again when the next transaction begins, with growing pauses between the attempts. A statement
/// that was passed to `send` waits for the next statement whose outcome is needed, and shares its round trip (libpq's pipeline
/// mode).
final class PostgreSQLConnection {
    /// What a connection is for.
    enum Role {
        case reader
        case writer
        /// Receives notifications of other nodes.
        case listener
        /// Reads or writes a whole installation, or builds an index while others write. Its server may be a standby, which can
        /// be read.
        case bulk
    }

    /// A statement that waits to be sent.
    struct Unsent {
        let sql: SQL
        let binds: [SQLValue]
        /// The lock that the statement takes for the transaction.
        var lock: Lock?
        /// Whether its result is stored until the transaction reads it.
        var isAhead = false
    }

    /// The result of a read that was announced and did not follow yet.
    final class ReadAhead {
        let sql: SQL
        let binds: [SQLValue]
        let result: OpaquePointer?

        init(_ statement: Unsent, result: OpaquePointer?) {
            (sql, binds, self.result) = (statement.sql, statement.binds, result)
        }

        deinit { PQclear(result) }
    }

    /// A lock that a transaction takes at its beginning.
    enum Lock {
        case installation
        case tenant
    }

    private let url: String
    let role: Role
    private(set) var handle: OpaquePointer?
    /// When the calls of the current transaction time out; `nil`: each call may take as long as its role allows.
    var deadline: ContinuousClock.Instant?
    var effects = AfterCommitEffects()
    /// The statements that wait to be sent.
    var unsent: [Unsent] = []
    /// Reads whose results are here already. Every other statement discards them.
    var ahead: [ReadAhead] = []
    /// Whether the commit of a transaction that has only read was sent and its result was not received.
    var isEnding = false
    var isRetryable = false
    /// The lock that the transaction did not get in time.
    var lockedOut: Lock?
    /// Whether the server has sent a warning since a commit was begun.
    var hasWarned = false
    var hasCheckedOrigin = false
    /// Whether the connection must be made again.
    var isLost = false
    /// The tag of the last command whose result was received.
    var lastCommand = ""
    /// The names of the statements that were prepared at the server.
    var statements = BoundedCache<SQL.Key, String>(capacity: StoreLimits.cachedStatements)
    var nextStatement = 0
    /// How many transactions the connection has begun. Statements are planned again at growing intervals: a plan from the time
    /// when a table was empty may use any of its indexes, and stays until the server next analyzes the table, about a minute
    /// later.
    var transactions = 0
    /// When a lost connection may be made again.
    private var retryAt: ContinuousClock.Instant?
    /// Why the last attempt to make it failed.
    private var lastFailure: (any Error)?
    private var retryDelay = StoreLimits.reconnectDelay

    /// - Parameter url: `postgres://…` or a list of libpq's keywords (PostgreSQL documentation, Connection Strings).
    init(url: String, role: Role) throws {
        self.url = url
        self.role = role
        try connect()
    }

    deinit { PQfinish(handle) }

    /// Tries the hosts of the URL one after the other, each for up to `StoreLimits.connectTimeout`.
    private func connect() throws {
        disconnect()
        var failures: [StoreError] = []
        let connector = PostgreSQLConnector(url: url)
        for host in connector.hosts {
            do {
                let opened = try connector.open(host)
                handle = opened
                return try configure(opened)
            } catch {
                // A connection that is only half configured must not be used.
                disconnect()
                failures.append(PostgreSQLConnection.storeError(error))
            }
        }
        throw PostgreSQLConnection.mostInformative(of: failures)
    }

    private static func storeError(_ error: any Error) -> StoreError {
        switch error {
        case let failure as PostgreSQLConnectFailure: .unavailable(failure.fault)
        case let error as StoreError: error
        default: .unavailable(PostgreSQLFault.connectionLost)
        }
    }

    /// Of several hosts' failures: a standby's, because it may be about to be promoted, or its primary may be reachable soon;
    /// else that of a server that has responded; else the last.
    private static func mostInformative(of failures: [StoreError]) -> StoreError {
        let standby = failures.first { $0 == .unavailable(PostgreSQLFault.standby) }
        let responded = failures.last { failure in
            switch failure.fault?.kind {
            case .unreachable, .unknownHost, .timedOut, nil: false
            default: true
            }
        }
        return standby ?? responded ?? failures.last ?? .unavailable(PostgreSQLFault.connectionLost)
    }

    private func configure(_ opened: OpaquePointer) throws {
        let transactionDeadline = deadline
        deadline = .now + StoreLimits.connectTimeout
        defer { deadline = transactionDeadline }
        guard PQsetnonblocking(opened, 1) == 0 else { throw lost() }
        _ = PQsetNoticeReceiver(
            opened,
            { connection, notice in
                guard let connection else { return }
                Unmanaged<PostgreSQLConnection>.fromOpaque(connection).takeUnretainedValue().receive(notice: notice)
            }, Unmanaged.passUnretained(self).toOpaque())
        // JIT: compiling a statement would take longer than running any of ours.
        let isStandby = try value(
            """
            SET statement_timeout = \(statementTimeout.milliseconds);
            SET lock_timeout = \(StoreLimits.lockTimeout.milliseconds);
            SET idle_in_transaction_session_timeout = \(StoreLimits.idleTransactionTimeout.milliseconds);
            SET synchronous_commit = on; SET standard_conforming_strings = on; SET jit = off;
            SELECT pg_is_in_recovery()
            """)
        // A server that does not support the setting notices later that its client has disconnected.
        _ = try? execute("SET client_connection_check_interval = \(StoreLimits.clientCheckInterval.milliseconds)")
        guard !isLost else { throw lost() }
        // A standby's data may be old, and it accepts no writes until it is promoted. The next attempt may find it promoted, or
        // reach the current primary.
        guard role == .bulk || isStandby == "f" else { throw StoreError.unavailable(PostgreSQLFault.standby) }
    }

    /// The server's time limit for a statement.
    private var statementTimeout: Duration {
        switch role {
        case .reader, .listener: StoreLimits.statementTimeout
        case .writer: StoreLimits.writingStatementTimeout
        case .bulk: StoreLimits.bulkStatementTimeout
        }
    }

    /// How long a call waits for the server while no deadline is set.
    var resultTimeout: Duration { role == .listener ? StoreLimits.connectTimeout : statementTimeout }

    func disconnect() {
        PQfinish(handle)
        handle = nil
        statements.removeAll()
        transactions = 0
        unsent = []
        ahead = []
        isEnding = false
        isLost = false
        lockedOut = nil
        hasCheckedOrigin = false
    }

    /// Makes a lost connection again.
    /// - Throws: `StoreError.unavailable`; until `retryAt` the error of the last attempt.
    func reconnect() throws {
        if let handle, !isLost, PQstatus(handle) == CONNECTION_OK { return }
        if let retryAt, retryAt > .now, let lastFailure { throw lastFailure }
        do {
            try connect()
            retryAt = nil
            lastFailure = nil
            retryDelay = StoreLimits.reconnectDelay
        } catch {
            retryAt = .now + retryDelay
            lastFailure = error
            retryDelay = min(retryDelay * 2, StoreLimits.reconnectDelayLimit)
            throw error
        }
    }
}
#endif
