/// The first of what is wrong.
package struct AuditAnchorFinding: Hashable, Sendable, CustomStringConvertible {
    package let fault: AuditAnchorFault
    /// Of the line in the file; 0 for what a running server remembers.
    package let line: Int
    /// The anchored entry's.
    package let sequence: Int64?

    package var description: String {
        let place = line == 0 ? "what was known before" : "line \(line)"
        let entry = sequence.map { " of entry \($0)" } ?? ""
        return "\(place)\(entry): \(fault.rawValue)"
    }
}
