/// Where the master key comes from.
package struct MasterKeySource: Sendable {
    /// The keys that may be the master key: more than one during a rotation. They are read again when the current one does not fit
    /// any more, because another process has rotated it.
    let candidates: @Sendable () -> [any WrappingKey]

    package init(wrapping candidates: @escaping @Sendable () -> [any WrappingKey]) {
        self.candidates = candidates
    }

    /// - Parameter candidates: 32 bytes each.
    package init(candidates: @escaping @Sendable () -> [[UInt8]]) {
        self.init(wrapping: { candidates().compactMap { SealingKey(number: 0, bytes: $0) } })
    }

    package static func fixed(_ bytes: [UInt8]) -> MasterKeySource { MasterKeySource { [bytes] } }
}
