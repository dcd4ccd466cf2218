internal import PharmacyDomain
internal import PharmacyServices
internal import PharmacyStore

/// Replaces the master key by a new one.
struct MasterKeyRotation {
    let environment: ServiceEnvironment
    let operations: OperatorService

    /// Completes a rotation that a crash interrupted after the data keys were rewrapped.
    /// - Parameter file: the file of the master key.
    static func finish(_ file: MasterKeyFile, in environment: ServiceEnvironment) async throws {
        // Without the lock, another process is rotating the key and completes the rotation itself.
        guard file.next() != nil, let lock = try? file.lock() else { return }
        try await adoptNext(of: file, in: environment)
        _ = consume lock
    }

    /// Renames the next file to the current one if the database uses its key. The caller must hold the lock.
    private static func adoptNext(of file: MasterKeyFile, in environment: ServiceEnvironment) async throws {
        guard let next = file.next(), try await environment.store.systemRead({ try $0.isMasterKey(next) }) else {
            return
        }
        _ = try file.adoptNext(at: environment.now)
    }

    /// Rotates a master key that is stored in a file, also while a server runs.
    /// - Returns: `wrapped_keys`, `key_file` and `previous_key_file`.
    func rotate(in file: MasterKeyFile) async throws -> JSON {
        let lock = try file.lock()
        try await MasterKeyRotation.adoptNext(of: file, in: environment)
        let bytes = MasterKey.random()
        try file.writeNext(bytes)
        let done = try await operations.rotateMasterKey(with: bytes)
        let previous = try file.adoptNext(at: environment.now)
        _ = consume lock
        return result(done, file: file.path, previous: previous)
    }

    /// Rotates a master key that is a setting. No server may run, because a running server cannot read the new key.
    /// - Parameter file: the file for the new key, which the operator then sets.
    /// - Returns: `wrapped_keys` and `key_file`.
    func rotateSetting(writing file: MasterKeyFile, in directory: DataDirectory) async throws -> JSON {
        let lock: FileLock
        do {
            lock = try directory.serverLock()
        } catch {
            throw CommandError(
                description:
                    "A server is running with a master key from UP_MASTER_KEY, which it cannot replace while it "
                    + "runs. Stop the server first.")
        }
        let bytes = MasterKey.random()
        try file.create(bytes)
        let done = try await operations.rotateMasterKey(with: bytes)
        _ = consume lock
        return result(done, file: file.path, previous: nil)
    }

    private func result(_ done: JSON, file: String, previous: String?) -> JSON {
        .object(
            (done.members ?? []) + [
                JSON.Member("key_file", .string(file)), JSON.Member("previous_key_file", JSON(previous)),
            ])
    }
}
