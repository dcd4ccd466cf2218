internal import Synchronization

/// The master key that fits the database, and the keys that may replace it.
final class MasterKeys: Sendable {
    private let source: MasterKeySource
    private let current = Mutex<(any WrappingKey)?>(nil)
    /// A new master key that this process has created, and that the source may not contain yet.
    private let successor = Mutex<(any WrappingKey)?>(nil)

    init(source: MasterKeySource) {
        self.source = source
    }

    /// The first key that is available, for a new database.
    /// - Throws: `StoreError.wrongMasterKey` where there is none.
    func first() throws -> any WrappingKey {
        guard let key = candidates().first else { throw StoreError.wrongMasterKey }
        current.withLock { $0 = key }
        return key
    }

    /// Adds a key to the candidates. It is used only if it unwraps the keys of the database.
    func add(successor key: any WrappingKey) { successor.withLock { $0 = key } }

    /// Unwraps with the current master key, or with the one that has replaced it.
    /// - Returns: the bytes, and the master key that unwrapped them.
    /// - Throws: `StoreError.wrongMasterKey` where no key does; `StoreError.unavailable` where a key service does not respond.
    func unwrap(_ wrapped: [UInt8], as context: String) throws -> (bytes: [UInt8], key: any WrappingKey) {
        if let key = current.withLock(\.self), let bytes = try MasterKeys.unwrap(wrapped, with: key, as: context) {
            return (bytes, key)
        }
        for candidate in candidates() {
            guard let bytes = try MasterKeys.unwrap(wrapped, with: candidate, as: context) else { continue }
            current.withLock { $0 = candidate }
            return (bytes, candidate)
        }
        throw StoreError.wrongMasterKey
    }

    /// - Returns: `nil` for another key's wrap.
    private static func unwrap(
        _ wrapped: [UInt8], with key: any WrappingKey, as context: String
    ) throws -> [UInt8]? {
        do {
            return try key.unwrap(wrapped, as: context)
        } catch StoreError.sealBroken {
            return nil
        }
    }

    private func candidates() -> [any WrappingKey] {
        source.candidates() + [successor.withLock(\.self)].compactMap(\.self)
    }
}
