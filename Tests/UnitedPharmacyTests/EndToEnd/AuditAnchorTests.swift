import Foundation
import NIOHTTP1
import PharmacyDomain
import PharmacyTestSupport
import Testing

@Suite("Anchors of a running server's audit log", .timeLimit(.minutes(2)))
struct AuditAnchorTests {
    private func anchors(_ server: ServerProcess) -> URL { server.directory.appending(path: "audit-anchors.log") }

    /// The text of a page for operators.
    private func page(_ path: String, of server: ServerProcess) async throws -> String {
        let response = try await Partner.call(.GET, server.origin + path, token: nil)
        #expect(response.status == 200)
        return String(decoding: response.bytes, as: UTF8.self)
    }

    @Test("A server anchors the end of its log when it stops, and verify compares it")
    func end() async throws {
        let server = try ServerProcess(in: ServerProcess.temporaryDirectory())
        _ = try await Partner(server)
        #expect(server.stop() == 0)
        let verified = try server.command("audit", "verify")
        #expect(verified.status == 0, "\(verified.output)")
        let lines = verified.output.split(separator: "\n")
        let head = try #require(lines.first { $0.hasPrefix("Head: ") }?.dropFirst(6))
        #expect(lines.contains { $0.hasPrefix("Anchors: ") && $0.hasSuffix("newest \(head)") }, "\(verified.output)")

        let key = try server.command("audit", "anchor-key")
        #expect(key.status == 0 && key.output.hasPrefix("-----BEGIN PUBLIC KEY-----\n"))
        let nothing = try server.command("audit", "accept-loss", "--yes")
        #expect(nothing.status == 1 && nothing.output.contains("no loss to accept"))

        let other = try ServerProcess(in: ServerProcess.temporaryDirectory())
        #expect(other.stop() == 0)
        let foreign = try server.command("audit", "verify", "--anchors", anchors(other).path)
        #expect(foreign.status == 1 && foreign.output.contains("another installation's"), "\(foreign.output)")
        let missing = try server.command("audit", "verify", "--anchors", "/nowhere/anchors")
        #expect(missing.status == 1 && missing.output.contains("cannot be read"), "\(missing.output)")
    }

    @Test(
        "A database in an earlier state is detected and served with an alert, until an operator accepts the loss",
        .disabled(if: TestDatabase.isPostgreSQL, "the database is a file"))
    func putBack() async throws {
        let server = try ServerProcess(in: ServerProcess.temporaryDirectory())
        defer { server.kill() }
        let backup = server.directory.appending(path: "copy.sqlite")
        #expect(try server.command("backup", backup.path).status == 0)
        _ = try await Partner(server)
        #expect(server.stop() == 0)
        #expect(try server.command("audit", "verify").status == 0)

        for suffix in ["", "-wal", "-shm"] {
            try? FileManager.default.removeItem(
                at: server.directory.appending(path: "united-pharmacy.sqlite\(suffix)"))
        }
        #expect(try server.command("restore", backup.path).status == 0)
        let found = try server.command("audit", "verify")
        #expect(found.status == 1, "\(found.output)")
        #expect(found.output.contains("unbroken") && found.output.contains("does not match"), "\(found.output)")

        let second = try ServerProcess(in: server.directory)
        defer { second.kill() }
        while !(try await page("/readyz", of: second)).contains("alert: the audit log does not match its anchors") {
            await Task.yield()
        }
        #expect(try await page("/metrics", of: second).contains("audit_anchor_mismatch 1"))
        let unconfirmed = try second.command("audit", "accept-loss")
        #expect(unconfirmed.status == 1 && unconfirmed.output.contains("--yes"), "\(unconfirmed.output)")
        #expect(try second.command("audit", "verify").status == 1)
        let accepted = try second.command("audit", "accept-loss", "--yes")
        #expect(accepted.status == 0, "\(accepted.output)")
        #expect(second.stop() == 0)
        let explained = try second.command("audit", "verify")
        #expect(explained.status == 0 && explained.output.contains("Accepted losses: 1"), "\(explained.output)")
        let listed = try second.command("audit", "list", "--action", "audit.loss_accepted")
        #expect(listed.status == 0 && listed.output.contains("operator:"), "\(listed.output)")
    }
}
