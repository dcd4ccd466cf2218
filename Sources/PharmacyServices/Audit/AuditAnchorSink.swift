internal import Glibc
internal import NIOHTTP1

/// Where anchors are written, outside the database.
package protocol AuditAnchorSink: Sendable {
    /// For metrics and logs: one of a few words.
    var name: String { get }

    /// Writes one line.
    /// - Throws: where it may not have arrived; its description holds no value and no path.
    func write(_ line: [UInt8]) async throws
}

extension AuditAnchorFile: AuditAnchorSink {
    package var name: String { "file" }

    package func write(_ line: [UInt8]) async throws { try await append(line) }
}
