internal import Glibc
internal import NIOHTTP1

/// A place outside the database to which anchors are written.
package protocol AuditAnchorSink: Sendable {
    /// Names the sink in metrics and logs: `file`, `syslog` or `url`.
    var name: String { get }

    /// Writes one line.
    /// - Throws: where the line may not have arrived. The description contains no value and no path.
    func write(_ line: [UInt8]) async throws
}

extension AuditAnchorFile: AuditAnchorSink {
    package var name: String { "file" }

    package func write(_ line: [UInt8]) async throws { try await append(line) }
}
