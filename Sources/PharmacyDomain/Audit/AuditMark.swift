/// An entry of the audit log by its number and hash, noted elsewhere so that the log can be checked against it later.
package struct AuditMark: Hashable, Sendable, CustomStringConvertible {
    /// 1 or more; 0 before the first entry.
    package let sequence: Int64
    /// 32 bytes.
    package let hash: [UInt8]

    package init(sequence: Int64, hash: [UInt8]) {
        self.sequence = sequence
        self.hash = hash
    }

    /// Reads `SEQUENCE:HASH`, the hash in hexadecimal; `nil` for anything else.
    package init?(_ text: String) {
        let parts = text.split(separator: ":", omittingEmptySubsequences: false)
        guard parts.count == 2, let sequence = Int64(parts[0]), sequence > 0, let bytes = Hexadecimal.bytes(parts[1]),
            bytes.count == 32
        else { return nil }
        self.init(sequence: sequence, hash: bytes)
    }

    package var description: String { "\(sequence):\(Hexadecimal.text(hash))" }
}
