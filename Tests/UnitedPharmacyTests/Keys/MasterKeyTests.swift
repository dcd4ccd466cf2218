import Foundation
import Testing

@testable import UnitedPharmacy

@Suite("The master key")
struct MasterKeyTests {
    private static let key = [UInt8](repeating: 0xA5, count: 32)

    /// Creates a data directory for the extent of `body`.
    private func withDirectory(_ body: (DataDirectory, ServerConfiguration) async throws -> Void) async throws {
        let url = FileManager.default.temporaryDirectory.appending(path: "up-key-\(UUID().uuidString)")
        defer { try? FileManager.default.removeItem(at: url) }
        let directory = try DataDirectory(path: url.path)
        let settings = try await Settings(flags: ["UP_DATA_DIR": url.path], file: nil)
        try await body(directory, try ServerConfiguration(settings))
    }

    @Test(
        "Base64 and hexadecimal digits of either case are read",
        arguments: [
            Data(Self.key).base64EncodedString(), String(repeating: "a5", count: 32),
            String(repeating: "A5", count: 32),
        ])
    func parses(text: String) {
        #expect(MasterKeyText.parse(text) == Self.key)
    }

    @Test(
        "Other lengths and other characters are refused",
        arguments: [
            "", "short", String(repeating: "a", count: 63), String(repeating: "a5", count: 33),
            String(repeating: "g0", count: 32), String(repeating: "+f", count: 32),
            Data(Self.key.dropLast()).base64EncodedString(),
            Data(Self.key + [0]).base64EncodedString(), Data(repeating: 1, count: 48).base64EncodedString(),
        ])
    func refuses(text: String) {
        #expect(MasterKeyText.parse(text) == nil)
    }

    @Test("A key is created once, accessible only to its owner, with advice, and found again without advice")
    func makesOnce() async throws {
        try await withDirectory { directory, configuration in
            let made = try MasterKey.resolve(configuration, in: directory)
            #expect(made.bytes.count == 32)
            #expect(made.advice?.contains(directory.masterKeyPath) == true)
            let attributes = try FileManager.default.attributesOfItem(atPath: directory.masterKeyPath)
            #expect((attributes[.posixPermissions] as? NSNumber)?.intValue == 0o600)
            let text = try String(contentsOfFile: directory.masterKeyPath, encoding: .utf8)
            #expect(text == Data(made.bytes).base64EncodedString() + "\n")
            let found = try MasterKey.resolve(configuration, in: directory)
            #expect(found.bytes == made.bytes)
            #expect(found.advice == nil)
        }
    }

    @Test("Two directories get two keys")
    func differs() async throws {
        try await withDirectory { first, configuration in
            let one = try MasterKey.resolve(configuration, in: first)
            try await withDirectory { second, configuration in
                let other = try MasterKey.resolve(configuration, in: second)
                #expect(other.bytes != one.bytes)
            }
        }
    }

    @Test("A key from a setting creates no file")
    func given() async throws {
        try await withDirectory { directory, configuration in
            var configuration = configuration
            configuration.masterKey = Self.key
            let masterKey = try MasterKey.resolve(configuration, in: directory)
            #expect(masterKey.bytes == Self.key)
            #expect(!FileManager.default.fileExists(atPath: directory.masterKeyPath))
        }
    }

    @Test("A configured key file is read; a missing or invalid one is refused with its path")
    func namedFile() async throws {
        try await withDirectory { directory, configuration in
            var configuration = configuration
            let path = directory.path + "/named.key"
            configuration.masterKeyFile = path
            let missing = #expect(throws: ConfigurationError.self) {
                try MasterKey.resolve(configuration, in: directory)
            }
            #expect(missing?.description.contains(path) == true)
            try Data("hunter2\n".utf8).write(to: URL(filePath: path))
            let wrong = #expect(throws: ConfigurationError.self) { try MasterKey.resolve(configuration, in: directory) }
            #expect(wrong?.description.contains(path) == true)
            #expect(wrong?.description.contains("hunter2") == false)
            try Data((String(repeating: "a5", count: 32) + "\n").utf8).write(to: URL(filePath: path))
            let masterKey = try MasterKey.resolve(configuration, in: directory)
            #expect(masterKey.bytes == Self.key)
        }
    }

    @Test("No key is created for an existing database")
    func lostKey() async throws {
        try await withDirectory { directory, configuration in
            try Data().write(to: URL(filePath: directory.databasePath))
            #expect(throws: ConfigurationError.self) { try MasterKey.resolve(configuration, in: directory) }
            #expect(!FileManager.default.fileExists(atPath: directory.masterKeyPath))
        }
    }
}
