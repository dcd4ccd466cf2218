import Foundation
import PharmacyDomain
import PharmacyStore
import PharmacyTestSupport
import Testing

@testable import PharmacyServices

@Suite("Anchoring the audit log", .timeLimit(.minutes(3)))
struct AuditAnchoringTests {
    private let installation: TestInstallation
    private let file: AuditAnchorFile
    private let alarm: AuditAlarm
    private let anchors: AuditAnchors
    private let service: AuditAnchoring
    private let key: AuditAnchorKey

    init() async throws {
        try await self.init(TestInstallation())
    }

    /// - Parameter earlier: the file of a stopped server.
    private init(_ installation: TestInstallation, goingOnWith earlier: AuditAnchorFile? = nil) async throws {
        self.installation = installation
        let directory = FileManager.default.temporaryDirectory.appending(path: "up-\(UUID().uuidString)")
        try FileManager.default.createDirectory(at: directory, withIntermediateDirectories: true)
        file = earlier ?? AuditAnchorFile(path: directory.appending(path: "anchors.log").path)
        alarm = AuditAlarm(logger: installation.logger)
        key = try await InstallationKeys(environment: installation.environment).auditAnchors
        anchors = AuditAnchors(store: installation.environment.store, key: key)
        service = AuditAnchoring(
            environment: installation.environment, key: key, file: file, alarm: alarm, logger: installation.logger)
    }

    private var store: Store { installation.environment.store }

    /// Appends entries, each in its own commit.
    private func write(_ count: Int) async throws {
        let now = installation.time.now()
        for number in 0..<count {
            try await store.systemWrite(.log) { $0.audit(.serverStarted, ["UP_\(number)"], at: now) }
        }
    }

    /// Appends entries, lets the anchor interval pass, and anchors.
    private func writeAnchored(_ count: Int) async throws {
        try await write(count)
        installation.time.advance(by: ServiceLimits.anchorInterval)
        try await service.look()
    }

    private var head: AuditHead {
        get async throws { try await store.systemRead { try $0.auditHead() } }
    }

    private func lines() throws -> [String] {
        guard file.exists else { return [] }
        let data = try Data(contentsOf: URL(filePath: file.path))
        return String(decoding: data, as: UTF8.self).split(separator: "\n").map(String.init)
    }

    private func sequences() throws -> [Int64] {
        try lines().map { try #require(AuditAnchor(line: Array($0.utf8))).mark.sequence }
    }

    // MARK: Writing the database without the program

    /// A state of the log that can be restored.
    private struct Earlier: Sendable {
        let sequence: Int64
        let row: [SQLValue]
    }

    private func earlier() async throws -> Earlier {
        try await store.systemRead { scope in
            let row = try scope.db.row(
                "SELECT checkpoint_sequence, checkpoint_hash, pruned_sequence, pruned_hash, seal FROM audit_head", []
            ) { row -> [SQLValue] in
                [
                    .integer(try row.integer(0)), .blob(try row.blob(1)), .integer(try row.integer(2)),
                    .blob(try row.blob(3)), .blob(try row.blob(4)),
                ]
            }
            return Earlier(sequence: try scope.auditHead().sequence, row: row ?? [])
        }
    }

    /// Restores the row of an earlier state, and removes the entries after it.
    private static func putBack(_ earlier: Earlier, in db: any SQLConnection) throws {
        let table: SQL = TestDatabase.isPostgreSQL ? "ON audit_entries" : ""
        try db.run("DROP TRIGGER IF EXISTS audit_entries_are_not_removed" + table, [])
        try db.run(
            """
            UPDATE audit_head SET checkpoint_sequence = $1, checkpoint_hash = $2, pruned_sequence = $3,
                pruned_hash = $4, seal = $5
            """, earlier.row)
        try db.run("DELETE FROM audit_entries WHERE sequence > $1", [.integer(earlier.sequence)])
    }

    private func putBack(_ earlier: Earlier) async throws {
        try await store.systemWrite { try Self.putBack(earlier, in: $0.db) }
    }

    private func isUnbroken() async throws -> Bool {
        if case .unbroken = try await AuditLog(store: store).verify() { return true }
        return false
    }

    private func fault(_ verdict: AuditAnchorVerdict) -> AuditAnchorFault? {
        if case .failed(let finding, _) = verdict { return finding.fault }
        return nil
    }

    private var verdict: AuditAnchorVerdict {
        get async throws { try await anchors.verify(file) }
    }

    // MARK: Anchoring

    @Test("The log is anchored at the start, after growth and an interval, and at shutdown")
    func pace() async throws {
        try await write(1)
        try await service.look()
        let first = try await head.sequence
        #expect(try sequences() == [first])
        try await write(1)
        try await service.look()
        #expect(try sequences() == [first])
        installation.time.advance(by: ServiceLimits.anchorInterval)
        try await service.look()
        #expect(try sequences() == [first, first + 1])
        installation.time.advance(by: ServiceLimits.anchorInterval * 10)
        try await service.look()
        #expect(try sequences() == [first, first + 1])
        try await write(1)
        try await service.look()
        #expect(try sequences().last == first + 2)
        try await write(1)
        try await service.look(isEnd: true)
        #expect(try sequences().last == first + 3)
        #expect(
            try await verdict
                == .matched(
                    anchors: 4, newest: AuditMark(sequence: head.sequence, hash: head.hash), acceptedLosses: 0))
        #expect(alarm.messages.isEmpty)
    }

    @Test("A log that grows fast is anchored before the interval has passed")
    func growth() async throws {
        let service = AuditAnchoring(
            environment: installation.environment, key: key, file: file, alarm: alarm, every: 5,
            logger: installation.logger)
        try await service.look()
        let first = try await head.sequence
        try await write(4)
        try await service.look()
        #expect(try sequences() == [first])
        try await write(1)
        try await service.look()
        #expect(try sequences() == [first, first + 5])
    }

    @Test("A service continues after the newest anchor of its file")
    func restart() async throws {
        try await writeAnchored(1)
        let next = AuditAnchoring(
            environment: installation.environment, key: key, file: file, alarm: alarm, logger: installation.logger)
        try await next.look()
        #expect(try lines().count == 1)
    }

    @Test("Nodes with their own files anchor one log independently")
    func twoNodes() async throws {
        let second = AuditAnchorFile(path: file.path + ".second")
        let other = AuditAnchoring(
            environment: installation.environment, key: key, file: second, alarm: alarm, logger: installation.logger)
        for _ in 0..<3 {
            try await writeAnchored(2)
            try await write(1)
            try await other.look()
        }
        #expect(fault(try await verdict) == nil)
        #expect(fault(try await anchors.verify(second)) == nil)
        #expect(alarm.messages.isEmpty)
    }

    // MARK: The attack

    @Test("A log that was set back is consistent in itself, and its anchors show the loss")
    func putBack() async throws {
        try await writeAnchored(3)
        let earlier = try await earlier()
        try await write(2)
        try await writeAnchored(2)
        try await putBack(earlier)
        #expect(try await isUnbroken())
        #expect(fault(try await verdict) == .behind)
        #expect(alarm.messages.isEmpty)

        installation.time.advance(by: ServiceLimits.anchorCheckInterval)
        try await service.look()
        #expect(alarm.messages == ["the audit log does not match its anchors"])
        // The server continues past the anchored number.
        for _ in 0..<100 { try await writeAnchored(1) }
        #expect(fault(try await verdict) == .otherEntry)
        #expect(alarm.messages == ["the audit log does not match its anchors"])
        // A server that starts now reads the newest anchors, which match, and the loss that they contain.
        let later = AuditAlarm(logger: installation.logger)
        try await AuditAnchoring(
            environment: installation.environment, key: key, file: file, alarm: later, logger: installation.logger
        ).look()
        #expect(later.messages == ["the audit log does not match its anchors"])
    }

    @Test("A running server remembers its anchors, even if the file is lost")
    func fileRemoved() async throws {
        let earlier = try await earlier()
        try await writeAnchored(2)
        try FileManager.default.removeItem(atPath: file.path)
        try await putBack(earlier)
        installation.time.advance(by: ServiceLimits.anchorCheckInterval)
        try await service.look()
        #expect(alarm.messages == ["the audit log does not match its anchors"])
    }

    @Test("A running server detects the loss of its own entries before they are anchored")
    func beforeAnchor() async throws {
        try await writeAnchored(1)
        let earlier = try await earlier()
        try await write(2)
        try await putBack(earlier)
        // The log grows past the cut before the next comparison.
        installation.time.advance(by: .seconds(1))
        try await write(5)
        #expect(fault(try await verdict) == nil)
        installation.time.advance(by: ServiceLimits.anchorCheckInterval)
        try await service.look()
        #expect(alarm.messages == ["the audit log does not match its anchors"])
        #expect(fault(try await verdict) == .otherEntry)
    }

    @Test("A running server detects the loss of other nodes' entries that it has seen")
    func entriesOfOthers() async throws {
        try await writeAnchored(1)
        let earlier = try await earlier()
        try await write(1)
        _ = store.takeAppendedAuditEntries()
        installation.time.advance(by: ServiceLimits.anchorCheckInterval)
        try await service.look()
        #expect(alarm.messages.isEmpty)
        try await putBack(earlier)
        installation.time.advance(by: ServiceLimits.anchorCheckInterval)
        try await service.look()
        #expect(alarm.messages == ["the audit log does not match its anchors"])
    }

    @Test("The loss of entries that were never anchored, while no server ran, is not detected")
    func withinSpan() async throws {
        let database = try TestDatabase(on: TestDatabase.isPostgreSQL ? .postgreSQL : .sqlite)
        let first = try await AuditAnchoringTests(TestInstallation(opening: { try database.open(notifier: $0) }))
        try await first.writeAnchored(1)
        let earlier = try await first.earlier()
        try await first.write(2)
        await first.installation.close()

        let engine = try database.open()
        try await engine.write { try AuditAnchoringTests.putBack(earlier, in: $0) }
        await engine.close()
        let second = try await AuditAnchoringTests(
            TestInstallation(time: first.installation.time, opening: { try database.open(notifier: $0) }),
            goingOnWith: first.file)
        try await second.service.look()
        #expect(try await second.isUnbroken())
        #expect(second.fault(try await second.verdict) == nil)
        #expect(second.alarm.messages.isEmpty)
        await second.installation.close()
    }

    @Test("A head that was altered is reported, and no longer anchored")
    func alteredHead() async throws {
        try await writeAnchored(1)
        try await store.systemWrite { scope in
            _ = try scope.db.run("UPDATE audit_head SET checkpoint_sequence = checkpoint_sequence + 1", [])
        }
        let count = try lines().count
        try await writeAnchored(1)
        #expect(try lines().count == count)
        #expect(alarm.messages == ["the audit log does not match its anchors"])
    }

    @Test("Anchors of entries that retention has removed stay valid")
    func pruned() async throws {
        try await writeAnchored(3)
        try await writeAnchored(3)
        installation.time.advance(by: .days(1))
        let cutoff = installation.time.now()
        try await writeAnchored(1)
        let removed = try await store.systemWrite { try $0.pruneAudit(before: cutoff, limit: 1_000) }
        #expect(removed >= 6)
        installation.time.advance(by: ServiceLimits.anchorCheckInterval)
        try await service.look()
        #expect(fault(try await verdict) == nil)
        #expect(alarm.messages.isEmpty)
    }

    // MARK: The file

    @Test("A line torn by a crash is skipped, and removed by the next append")
    func tornLine() async throws {
        try await writeAnchored(1)
        try await writeAnchored(1)
        let whole = try Data(contentsOf: URL(filePath: file.path))
        try whole.dropLast(100).write(to: URL(filePath: file.path))
        #expect(try await verdict == .matched(anchors: 1, newest: mark(line(0)), acceptedLosses: 0))
        try await writeAnchored(1)
        #expect(try sequences().count == 2)
        #expect(fault(try await verdict) == nil)
        #expect(alarm.messages.isEmpty)
    }

    private func mark(_ line: String) throws -> AuditMark {
        try #require(AuditAnchor(line: Array(line.utf8))).mark
    }

    private func line(_ number: Int) throws -> String { try #require(lines().dropFirst(number).first) }

    @Test("Forged lines, those of another installation, and other texts are found")
    func strangeLines() async throws {
        try await writeAnchored(1)
        let genuine = try line(0)
        let stranger = try AuditAnchorKey(seed: [UInt8](repeating: 9, count: 32))
        let head = try await head
        let mark = AuditMark(sequence: head.sequence, hash: head.hash)
        let foreign = try stranger.anchor(.head, mark, loss: nil, at: installation.time.now()).line
        let cases: [(String, AuditAnchorFault)] = [
            (genuine.replacing("\"sequence\":", with: "\"sequence\":1"), .forged),
            (String(decoding: foreign, as: UTF8.self), .otherInstallation),
            (String(genuine.dropLast(50)), .unreadable),
        ]
        for (strange, expected) in cases {
            try Data("\(genuine)\n\(strange)\n\(genuine)\n".utf8).write(to: URL(filePath: file.path))
            guard case .failed(let finding, 1) = try await verdict else {
                Issue.record("\(expected) was not found")
                continue
            }
            #expect(finding.fault == expected && finding.line == 2)
            let alarm = AuditAlarm(logger: installation.logger)
            try await AuditAnchoring(
                environment: installation.environment, key: key, file: file, alarm: alarm,
                logger: installation.logger
            ).look()
            #expect(alarm.messages == ["the audit log does not match its anchors"])
        }
    }

    @Test("A file that cannot be written is reported and retried; the server continues")
    func unwritable() async throws {
        let directory = FileManager.default.temporaryDirectory.appending(path: "up-\(UUID().uuidString)")
        let file = AuditAnchorFile(path: directory.appending(path: "anchors.log").path)
        let service = AuditAnchoring(
            environment: installation.environment, key: key, file: file, alarm: alarm, logger: installation.logger)
        try await service.look()
        #expect(alarm.messages == ["audit anchors cannot be written to the file"])
        try FileManager.default.createDirectory(at: directory, withIntermediateDirectories: true)
        try await service.look()
        #expect(!file.exists)
        installation.time.advance(by: ServiceLimits.anchorRetryInterval)
        try await service.look()
        #expect(file.exists)
        #expect(alarm.messages.isEmpty)
    }

    // MARK: Accepted losses

    @Test("A loss that an operator has accepted stays accepted, and covers no later loss")
    func acceptance() async throws {
        try await writeAnchored(2)
        let backup = try await earlier()
        try await writeAnchored(2)
        try await writeAnchored(2)
        let lost = try await head.sequence
        try await putBack(backup)
        try await writeAnchored(1)
        #expect(!alarm.messages.isEmpty)

        let losses = try await anchors.openLosses(in: file)
        #expect(losses.newest.mark.sequence == lost)
        #expect(losses.oldest.mark.sequence == lost - 2)
        installation.time.advance(by: .seconds(1))
        let acceptance = try await anchors.accept(losses, by: "ann", at: installation.time.now())
        try await file.append(acceptance.anchor.line)
        installation.time.advance(by: ServiceLimits.anchorCheckInterval)
        try await service.look()
        #expect(alarm.messages.isEmpty)
        for _ in 0..<3 { try await writeAnchored(1) }
        #expect(alarm.messages.isEmpty)
        guard case .matched(_, _, 1) = try await verdict else {
            Issue.record("the loss was not accepted")
            return
        }
        #expect(
            try await installation.audited(.auditLossAccepted)
                == [[losses.oldest.mark.description, losses.newest.mark.description]])
        await #expect(throws: AuditAnchors.AcceptanceError.self) { try await anchors.openLosses(in: file) }

        // A later cut is found, even after a copy of the acceptance.
        let later = try await earlier()
        try await writeAnchored(2)
        try await putBack(later)
        try await file.append(acceptance.anchor.line)
        #expect(fault(try await verdict) == .behind)
        installation.time.advance(by: ServiceLimits.anchorCheckInterval)
        try await service.look()
        #expect(!alarm.messages.isEmpty)
        // Removing the acceptance's entry makes the first loss open again.
        try await putBack(backup)
        guard case .failed(_, let count) = try await verdict else {
            Issue.record("nothing was found")
            return
        }
        #expect(count > 3)
    }

    @Test("A log that is inconsistent in itself cannot be accepted as a loss")
    func brokenLog() async throws {
        try await writeAnchored(3)
        let sequence = try await head.sequence - 1
        let table: SQL = TestDatabase.isPostgreSQL ? "ON audit_entries" : ""
        try await store.systemWrite { scope in
            try scope.db.run("DROP TRIGGER audit_entries_are_not_removed" + table, [])
            try scope.db.run("DELETE FROM audit_entries WHERE sequence = $1", [.integer(sequence)])
        }
        let refusal = await #expect(throws: AuditAnchors.AcceptanceError.self) {
            try await anchors.openLosses(in: file)
        }
        #expect(refusal?.description.contains("broken at entry \(sequence)") == true)
    }
}
