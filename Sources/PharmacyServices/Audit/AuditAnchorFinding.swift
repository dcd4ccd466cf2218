/// A problem with an anchor.
package struct AuditAnchorFinding: Hashable, Sendable, CustomStringConvertible {
    package let fault: AuditAnchorFault
    /// The line of the file; 0 for an anchor in a running server's memory.
    package let line: Int
    /// The number of the anchored entry; `nil` for a line that is not an anchor.
    package let sequence: Int64?

    package var description: String {
        let source = line == 0 ? "an anchor in memory" : "line \(line)"
        let entry = sequence.map { " of entry \($0)" } ?? ""
        return "\(source)\(entry): \(fault.rawValue)"
    }
}
