import Foundation
import PharmacyDomain
import Testing

@testable import UnitedPharmacy

@Suite("The incarnation file")
struct IncarnationFileTests {
    private let file: IncarnationFile

    init() throws {
        let directory = FileManager.default.temporaryDirectory.appending(path: "up-\(UUID().uuidString)")
        try FileManager.default.createDirectory(at: directory, withIntermediateDirectories: true)
        file = IncarnationFile(path: directory.appending(path: "incarnation").path)
    }

    private func mark(_ sequence: Int64) -> IncarnationMark {
        IncarnationMark(
            epoch: Epoch(7), since: Timestamp(milliseconds: 5), sequence: sequence, origin: "file 12 born 34.56")
    }

    @Test("It has the last state, is accessible only to its owner, and no other file remains")
    func roundTrip() async throws {
        #expect(file.read() == .missing)
        #expect(file.seen() == nil)
        try await file.record(mark(1))
        try await file.record(mark(2))
        #expect(file.read() == .mark(mark(2)))
        #expect(file.seen() == mark(2))
        let mode = try FileManager.default.attributesOfItem(atPath: file.path)[.posixPermissions] as? Int
        #expect(mode == 0o600)
        let directory = URL(filePath: file.path).deletingLastPathComponent().path
        #expect(try FileManager.default.contentsOfDirectory(atPath: directory) == ["incarnation"])
    }

    @Test(
        "A damaged file is ignored and replaced",
        arguments: ["", "\n", "0000000000000007 5", "x 5 1 here"])
    func damaged(text: String) async throws {
        try Data(text.utf8).write(to: URL(filePath: file.path))
        #expect(file.read() == .unreadable)
        #expect(file.seen() == nil)
        try await file.record(mark(3))
        #expect(file.read() == .mark(mark(3)))
    }

    @Test("A temporary file from a crash does not prevent writing")
    func leftover() async throws {
        try Data("half".utf8).write(to: URL(filePath: file.path + ".next"))
        try await file.record(mark(4))
        #expect(file.seen() == mark(4))
    }

    @Test("A missing directory is an error")
    func unwritable() async throws {
        await #expect(throws: (any Error).self) {
            try await IncarnationFile(path: file.path + "/missing/incarnation").record(mark(1))
        }
    }
}
