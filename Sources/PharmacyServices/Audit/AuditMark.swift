internal import PharmacyDomain

/// The number and the hash of a line, noted elsewhere to hold the log to it later.
package struct AuditMark: Hashable, Sendable, CustomStringConvertible {
    package let sequence: Int64
    package let hash: [UInt8]

    package init(sequence: Int64, hash: [UInt8]) {
        self.sequence = sequence
        self.hash = hash
    }

    /// `SEQUENCE:HASH` in hexadecimal.
    package init?(_ text: String) {
        let parts = text.split(separator: ":", omittingEmptySubsequences: false)
        guard parts.count == 2, let sequence = Int64(parts[0]), sequence > 0, let bytes = Hexadecimal.bytes(parts[1]),
            bytes.count == 32
        else { return nil }
        self.init(sequence: sequence, hash: bytes)
    }

    package var description: String { "\(sequence):\(Hexadecimal.text(hash))" }
}
