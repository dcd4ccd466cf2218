internal import PharmacyDomain
internal import PharmacyServices
internal import PharmacyStore

/// The exchange of the master key for a new one.
struct MasterKeyRotation {
    let installation: Installation
    let operations: OperatorService

    /// Finishes an exchange that a crash broke off after the database had taken the new key.
    /// - Parameter file: of the master key.
    static func finish(_ file: MasterKeyFile, of installation: Installation) async throws {
        // Whoever holds the lock is in the middle of an exchange, and finishes it.
        guard file.next() != nil, let lock = try? file.lock() else { return }
        try await adoptNext(of: file, in: installation)
        _ = consume lock
    }

    /// Puts the next file in its place where the database has taken its key. The lock must be held.
    private static func adoptNext(of file: MasterKeyFile, in installation: Installation) async throws {
        let environment = installation.environment
        guard let next = file.next(), try await environment.store.systemRead({ try $0.isMasterKey(next) }) else {
            return
        }
        _ = try file.adoptNext(at: environment.now)
    }

    /// Replaces a master key that is kept in a file, also under a running server.
    /// - Returns: `wrapped_keys`, `key_file` and `previous_key_file`.
    func replace(in file: MasterKeyFile) async throws -> JSON {
        let lock = try file.lock()
        try await MasterKeyRotation.adoptNext(of: file, in: installation)
        let bytes = MasterKey.random()
        try file.writeNext(bytes)
        let done = try await operations.replaceMasterKey(with: bytes)
        let kept = try file.adoptNext(at: installation.environment.now)
        _ = consume lock
        return told(done, file: file.path, previous: kept)
    }

    /// Replaces a master key that is a setting. A running server could not learn of the new one, so none may run.
    /// - Parameter file: where the new key is written, for the operator to put into the setting.
    /// - Returns: `wrapped_keys` and `key_file`.
    func replaceSetting(writing file: MasterKeyFile, in directory: DataDirectory) async throws -> JSON {
        let lock: FileLock
        do {
            lock = try directory.serverLock()
        } catch {
            throw CommandError(
                description: "A server is running with a master key from UP_MASTER_KEY, which it cannot exchange: "
                    + "stop it first.")
        }
        let bytes = MasterKey.random()
        try file.create(bytes)
        let done = try await operations.replaceMasterKey(with: bytes)
        _ = consume lock
        return told(done, file: file.path, previous: nil)
    }

    private func told(_ done: JSON, file: String, previous: String?) -> JSON {
        .object(
            (done.members ?? []) + [
                JSON.Member("key_file", .string(file)), JSON.Member("previous_key_file", JSON(previous)),
            ])
    }
}
