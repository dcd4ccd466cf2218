import Foundation
import Testing

/// The access of other users to the files of an installation, on SQLite.
@Suite("Files are accessible only to their owner", .timeLimit(.minutes(3)))
struct PrivateFilesTests {
    private static let warning = "Other users have access to files that this server does not change."

    private static let environment = [
        "UP_SANDBOX_SETUP_TOKEN": ServerProcess.setupToken, "UP_LOG_LEVEL": "error", "UP_SANDBOX_STEP": "manual",
    ]

    /// Runs a program with the umask 000.
    private static func openly(_ arguments: [String]) -> [String] {
        ["sh", "-c", "umask 000; exec \"$@\"", "sh"] + arguments
    }

    private static func mode(_ path: String) throws -> Int {
        let attributes = try FileManager.default.attributesOfItem(atPath: path)
        return try #require((attributes[.posixPermissions] as? NSNumber)?.intValue)
    }

    /// The files and directories below a directory with their modes, by their paths. A file that a running server renames
    /// meanwhile, as it does with a new version of a small file, is left out.
    private static func modes(below directory: URL) throws -> [String: Int] {
        var modes: [String: Int] = [:]
        for name in try FileManager.default.subpathsOfDirectory(atPath: directory.path) {
            do {
                modes[name] = try mode(directory.appending(path: name).path)
            } catch CocoaError.fileReadNoSuchFile {
                continue
            }
        }
        return modes
    }

    /// Expects that other users can neither read nor write the files.
    private static func expectPrivate(_ modes: [String: Int]) {
        for (name, mode) in modes { #expect(mode & 0o077 == 0, "\(name) has the mode \(String(mode, radix: 8))") }
    }

    private func serve(_ directory: URL, openly: Bool = true, settings: [String: String] = [:]) throws
        -> ListeningProcess
    {
        let program = try [ServerProcess.executable, "serve", "--port", "0", "--data-dir", directory.path]
        return try ListeningProcess(
            openly ? PrivateFilesTests.openly(program) : program,
            environment: PrivateFilesTests.environment.merging(settings) { $1 })
    }

    @Test("Whatever the umask, other users have no access to files of the server and its commands")
    func anyUmask() throws {
        let root = try ServerProcess.temporaryDirectory()
        let data = root.appending(path: "a/data")
        let server = try serve(data)
        func run(_ arguments: String..., settings: [String: String] = [:]) throws {
            let result = try runProgram(
                PrivateFilesTests.openly([ServerProcess.executable] + arguments + ["--data-dir", data.path]),
                environment: PrivateFilesTests.environment.merging(settings) { $1 })
            #expect(result.status == 0, "\(result.output)")
        }
        try run("tenant", "create", "acme")
        try run("key", "rotate")
        try run("backup", root.appending(path: "whole.sqlite").path)
        try run("backup", root.appending(path: "bare.sqlite").path, "--without-keys")
        try run("key", "export", root.appending(path: "keys").path)
        let running = try PrivateFilesTests.modes(below: root)
        PrivateFilesTests.expectPrivate(running)
        for name in [
            "whole.sqlite", "bare.sqlite", "keys", "a/data/united-pharmacy.sqlite", "a/data/united-pharmacy.sqlite-wal",
            "a/data/united-pharmacy.sqlite-shm", "a/data/master.key", "a/data/server.lock",
        ] { #expect(running[name] == 0o600, "\(name)") }
        for name in ["a", "a/data"] { #expect(running[name] == 0o700, "\(name)") }
        #expect(running.keys.contains { $0.hasPrefix("a/data/master.key.until-") })

        #expect(server.stop() == 0)
        let stopped = try PrivateFilesTests.modes(below: root)
        PrivateFilesTests.expectPrivate(stopped)
        for name in ["incarnation", "audit-anchors.log"] { #expect(stopped["a/data/\(name)"] == 0o600, "\(name)") }

        // Files that other commands derive from them.
        let restored = root.appending(path: "b")
        try FileManager.default.createDirectory(at: restored, withIntermediateDirectories: true)
        let copied = root.appending(path: "c")
        let key = ["UP_MASTER_KEY_FILE": data.appending(path: "master.key").path]
        for arguments in [
            ["restore", root.appending(path: "whole.sqlite").path, "--data-dir", restored.path],
            ["copy", "--from", data.path, "--to", copied.path],
        ] {
            let result = try runProgram(
                PrivateFilesTests.openly([ServerProcess.executable] + arguments),
                environment: PrivateFilesTests.environment.merging(key) { $1 })
            #expect(result.status == 0, "\(result.output)")
        }
        for directory in [restored, copied] {
            let modes = try PrivateFilesTests.modes(below: directory)
            #expect(modes["united-pharmacy.sqlite"] == 0o600)
            PrivateFilesTests.expectPrivate(modes)
        }
    }

    @Test("The access of other users to files and the directory is removed at the start, with one log line")
    func tightened() throws {
        let data = try ServerProcess.temporaryDirectory().appending(path: "data")
        #expect(try serve(data, openly: false).stop() == 0)
        let names = ["united-pharmacy.sqlite", "master.key", "incarnation", "audit-anchors.log", "server.lock"]
        for name in names {
            try FileManager.default.setAttributes(
                [.posixPermissions: 0o644], ofItemAtPath: data.appending(path: name).path)
        }
        try FileManager.default.setAttributes([.posixPermissions: 0o755], ofItemAtPath: data.path)
        let log = data.deletingLastPathComponent().appending(path: "log")
        let server = try ListeningProcess(
            [ServerProcess.executable, "serve", "--port", "0", "--data-dir", data.path],
            environment: PrivateFilesTests.environment, log: log)
        defer { server.kill() }
        let text = try String(contentsOf: log, encoding: .utf8)
        let lines = text.split(separator: "\n").filter { $0.hasPrefix("Removed the access of other users to") }
        #expect(lines.count == 1)
        for name in names { #expect(lines.first?.contains("/\(name)") == true, "\(name)") }
        PrivateFilesTests.expectPrivate(try PrivateFilesTests.modes(below: data))
        #expect(try PrivateFilesTests.mode(data.path) == 0o700)
        // The write-ahead file was made since.
        #expect(try PrivateFilesTests.mode(data.path + "/united-pharmacy.sqlite-wal") == 0o600)
    }

    @Test("A directory with subdirectories and a linked key are not changed, with a warning")
    func notOurs() throws {
        let root = try ServerProcess.temporaryDirectory()
        try FileManager.default.createDirectory(
            at: root.appending(path: "others"), withIntermediateDirectories: true,
            attributes: [.posixPermissions: 0o755])
        let secret = root.appending(path: "others/secret").path
        try Data((String(repeating: "5a", count: 32) + "\n").utf8).write(to: URL(filePath: secret))
        try FileManager.default.setAttributes([.posixPermissions: 0o644], ofItemAtPath: secret)
        let link = root.appending(path: "key").path
        try FileManager.default.createSymbolicLink(atPath: link, withDestinationPath: secret)
        try FileManager.default.setAttributes([.posixPermissions: 0o755], ofItemAtPath: root.path)
        let log = root.appending(path: "others/log")
        let server = try ListeningProcess(
            [ServerProcess.executable, "serve", "--port", "0", "--data-dir", root.path, "--master-key-file", link],
            environment: PrivateFilesTests.environment, log: log)
        defer { server.kill() }
        let text = try String(contentsOf: log, encoding: .utf8)
        let warning = try #require(
            text.split(separator: "\n").first {
                $0.hasPrefix("Other users have access to files that this server does not change")
            })
        #expect(warning.contains(root.path + ",") && warning.contains(link))
        #expect(try PrivateFilesTests.mode(secret) == 0o644)
        #expect(try PrivateFilesTests.mode(root.path) == 0o755)
        #expect(try PrivateFilesTests.mode(root.path + "/united-pharmacy.sqlite") == 0o600)
    }

    @Test(
        "Files of another user are not changed, with a warning",
        .enabled(if: geteuid() == 0, "only root gives files away"))
    func anotherUsers() throws {
        let data = try ServerProcess.temporaryDirectory().appending(path: "data")
        #expect(try serve(data, openly: false).stop() == 0)
        let anchors = data.appending(path: "audit-anchors.log").path
        try FileManager.default.setAttributes([.posixPermissions: 0o644], ofItemAtPath: anchors)
        #expect(chown(anchors, 65_534, 65_534) == 0)
        let log = data.deletingLastPathComponent().appending(path: "log")
        let server = try ListeningProcess(
            [ServerProcess.executable, "serve", "--port", "0", "--data-dir", data.path],
            environment: PrivateFilesTests.environment, log: log)
        defer { server.kill() }
        let text = try String(contentsOf: log, encoding: .utf8)
        #expect(
            text.contains(PrivateFilesTests.warning) && text.contains(anchors)
        )
        #expect(try PrivateFilesTests.mode(anchors) == 0o644)
    }
}
