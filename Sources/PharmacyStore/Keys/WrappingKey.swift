/// A key that wraps the installation's keys: the master key, or a key service (a KMS or an HSM) that never reveals its key.
///
/// Its methods are called within transactions, once for each key after a start, and when keys are created or rotated. A service
/// has to respond within `StoreLimits.transactionTimeout`.
package protocol WrappingKey: Sendable {
    /// - Parameters:
    ///   - key: 32 bytes.
    ///   - context: the key's purpose, name and id. The wrap does not unwrap with another context.
    /// - Throws: `StoreError.unavailable` where a service does not respond.
    func wrap(_ key: [UInt8], as context: String) throws -> [UInt8]

    /// - Throws: `StoreError.sealBroken` for another key's wrap, or another context; `StoreError.unavailable` where a service
    ///   does not respond.
    func unwrap(_ wrapped: [UInt8], as context: String) throws -> [UInt8]
}

extension SealingKey: WrappingKey {
    package func wrap(_ key: [UInt8], as context: String) throws -> [UInt8] { try seal(key, as: context) }
    package func unwrap(_ wrapped: [UInt8], as context: String) throws -> [UInt8] { try open(wrapped, as: context) }
}
