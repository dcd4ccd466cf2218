import Foundation
import PharmacyDomain
import PharmacyStore
import Testing

@testable import PharmacyServices

@Suite("Anchors of the audit log", .timeLimit(.minutes(3)))
struct AuditAnchorTests {
    private let key: AuditAnchorKey
    private let now = Timestamp(milliseconds: 1_766_423_701_000)
    private let mark = AuditMark(sequence: 41, hash: [UInt8](repeating: 0xAB, count: 32))
    private let loss = AuditAnchor.Loss(
        mark: AuditMark(sequence: 40, hash: [UInt8](repeating: 0xCD, count: 32)),
        at: Timestamp(milliseconds: 1_766_423_700_999))

    init() throws {
        key = try AuditAnchorKey(seed: [UInt8](0..<32))
    }

    @Test("An anchor reads back from its line, with a valid signature")
    func roundTrip() throws {
        for (kind, loss) in [(AuditAnchor.Statement.head, nil), (.head, loss), (.lossAccepted, loss)] {
            let anchor = try key.anchor(kind, mark, loss: loss, at: now)
            #expect(!anchor.line.contains(UInt8(ascii: "\n")))
            #expect(anchor.line.count <= ServiceLimits.anchorLineBytes)
            let read = try #require(AuditAnchor(line: anchor.line))
            #expect(read == anchor)
            #expect(key.hasSigned(read))
        }
    }

    @Test(
        "An altered anchor is not genuine",
        arguments: [
            ("\"sequence\":41", "\"sequence\":42"), ("\"kind\":\"head\"", "\"kind\":\"loss_accepted\""),
            ("abababab", "abababaa"), ("1766423701000", "1766423701001"), ("40:cdcd", "39:cdcd"),
            ("cdcd@1766423700999", "cdcd@1766423700998"),
        ])
    func altered(part: String, other: String) throws {
        let line = String(decoding: try key.anchor(.head, mark, loss: loss, at: now).line, as: UTF8.self)
        let range = try #require(line.range(of: part))
        let forged = line.replacingCharacters(in: range, with: other)
        let read = try #require(AuditAnchor(line: Array(forged.utf8)))
        #expect(!key.hasSigned(read))
        let stranger = try AuditAnchorKey(seed: [UInt8](1..<33))
        #expect(stranger.id != key.id)
        #expect(!stranger.hasSigned(try #require(AuditAnchor(line: Array(line.utf8)))))
    }

    @Test(
        "Any other line is not an anchor",
        arguments: ["", "{}", "null", "{\"format\":1}", "{\"format\":2,\"kind\":\"head\"}", "\u{0}"])
    func unreadable(line: String) {
        #expect(AuditAnchor(line: Array(line.utf8)) == nil)
    }

    @Test("The public key in PEM matches other programs' form")
    func publicKey() throws {
        // RFC 8032 §7.1, test 1.
        let seed = try #require(
            Hexadecimal.bytes("9d61b19deffd5a60ba844af492ec2cc44449c5697b326919703bac031cae7f60"))
        let key = try AuditAnchorKey(seed: seed)
        #expect(
            Hexadecimal.text(key.publicKey) == "d75a980182b10ab7d54bfed3c964073a0ee172f3daa62325af021a68f707511a")
        let lines = key.pem.split(separator: "\n")
        let encoded = try #require(Data(base64Encoded: String(lines[1])))
        #expect(lines.count == 3 && encoded.count == 44)
        #expect(Array(encoded.suffix(32)) == key.publicKey)
        #expect("\(key)" == "AuditAnchorKey(redacted)")
    }

    // MARK: The file

    private func newFile() throws -> AuditAnchorFile {
        let directory = FileManager.default.temporaryDirectory.appending(path: "up-\(UUID().uuidString)")
        try FileManager.default.createDirectory(at: directory, withIntermediateDirectories: true)
        return AuditAnchorFile(path: directory.appending(path: "anchors.log").path)
    }

    private func text(_ file: AuditAnchorFile) throws -> String {
        String(decoding: try Data(contentsOf: URL(filePath: file.path)), as: UTF8.self)
    }

    @Test("Lines are appended to a private file, and a torn line is removed")
    func appending() async throws {
        let file = try newFile()
        #expect(try await file.newestLines().isEmpty)
        try await file.append(Array("one".utf8))
        try await file.append(Array("two".utf8))
        #expect(try text(file) == "one\ntwo\n")
        let mode = try FileManager.default.attributesOfItem(atPath: file.path)[.posixPermissions] as? Int
        #expect(mode == 0o600)
        let handle = try #require(FileHandle(forWritingAtPath: file.path))
        try handle.seekToEnd()
        try handle.write(contentsOf: Data("thr".utf8))
        try handle.close()
        try await file.append(Array("four".utf8))
        #expect(try text(file) == "one\ntwo\nfour\n")
        try Data("begun".utf8).write(to: URL(filePath: file.path))
        try await file.append(Array("one".utf8))
        #expect(try text(file) == "one\n")
    }

    @Test("A file that was moved away is created again")
    func rotation() async throws {
        let file = try newFile()
        try await file.append(Array("one".utf8))
        try FileManager.default.moveItem(atPath: file.path, toPath: file.path + ".1")
        try await file.append(Array("two".utf8))
        #expect(try text(file) == "two\n")
    }

    @Test("The failure of an append names the reason without the path")
    func unwritable() async throws {
        let missing = AuditAnchorFile(path: try newFile().path + "/anchors.log")
        let failure = await #expect(throws: AuditAnchorFile.Failure.self) { try await missing.append([0x41]) }
        #expect(failure?.description.contains("opening it failed") == true)
        #expect(failure?.description.contains("anchors.log") == false)
        await #expect(throws: AuditAnchorFile.Failure.self) { try await missing.read { _ in } }
    }

    @Test("A file splits into the same lines for any read size; the last line needs a newline")
    func cutting() throws {
        let anchors = try (1...3).map { number in
            try key.anchor(
                .head, AuditMark(sequence: Int64(number), hash: mark.hash), loss: nil, at: now)
        }
        let long = [UInt8](repeating: UInt8(ascii: "x"), count: ServiceLimits.anchorLineBytes + 1)
        let bytes =
            anchors.flatMap { $0.line + [UInt8(ascii: "\n")] } + long + Array("\nnothing\n".utf8)
            + anchors[0].line
        for size in [1, 7, 500, 4_096, bytes.count] {
            var reader = AuditAnchorReader()
            var lines: [AuditAnchorLine] = []
            for start in stride(from: 0, to: bytes.count, by: size) {
                lines += reader.lines(in: bytes[start..<min(start + size, bytes.count)])
            }
            #expect(lines.map(\.anchor) == anchors.map(Optional.some) + [nil, nil])
            #expect(lines.map(\.number) == [1, 2, 3, 4, 5])
        }
    }

    @Test("The newest lines of a long file start at a whole line")
    func newest() async throws {
        let file = try newFile()
        let line = try key.anchor(.head, mark, loss: nil, at: now).line + [UInt8(ascii: "\n")]
        let count = ServiceLimits.anchorNewestBytes / line.count + 10
        try Data((0..<count).flatMap { _ in line }).write(to: URL(filePath: file.path))
        let lines = try await file.newestLines()
        #expect(lines.count < count && lines.count >= count - 12)
        #expect(lines.allSatisfy { $0.anchor?.mark == mark })
    }
}
