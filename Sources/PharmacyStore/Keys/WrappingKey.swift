/// What wraps the installation's keys: the master key, or a key service (a KMS, an HSM) that never gives its key out.
///
/// Called within transactions, once for each key and start and when keys are made or replaced: a service has to respond
/// within `StoreLimits.transactionTime`.
package protocol WrappingKey: Sendable {
    /// - Parameters:
    ///   - key: 32 bytes.
    ///   - place: what the key is for, its name and its id: with another place it does not unwrap.
    /// - Throws: `StoreError.unavailable` where a service does not answer.
    func wrap(_ key: [UInt8], as place: String) throws -> [UInt8]

    /// - Throws: `StoreError.sealBroken` for what was wrapped by another key, or for another place; `StoreError.unavailable`
    ///   where a service does not answer.
    func unwrap(_ wrapped: [UInt8], as place: String) throws -> [UInt8]
}

extension SealingKey: WrappingKey {
    package func wrap(_ key: [UInt8], as place: String) throws -> [UInt8] { try seal(key, as: place) }
    package func unwrap(_ wrapped: [UInt8], as place: String) throws -> [UInt8] { try open(wrapped, as: place) }
}
