extension SystemScope {
    /// Rewraps every key under a new master key.
    /// - Parameter bytes: 32 random bytes.
    /// - Returns: how many keys were rewrapped.
    package func rewrapKeys(under bytes: [UInt8]) throws -> Int {
        guard let next = SealingKey(number: 0, bytes: bytes) else { throw StoreError.wrongMasterKey }
        return try rewrapKeys(under: next)
    }

    /// Rewraps every key under a new master key that may be outside this process, such as a key service.
    package func rewrapKeys(under next: any WrappingKey) throws -> Int {
        noteErasure()
        return try memory.keyring.rewrap(under: next, in: db)
    }

    /// Whether `bytes` are the master key.
    package func isMasterKey(_ bytes: [UInt8]) throws -> Bool {
        try memory.keyring.isMasterKey(bytes, in: db)
    }
}
