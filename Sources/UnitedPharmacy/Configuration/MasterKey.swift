internal import FoundationEssentials
internal import Glibc
internal import PharmacyDomain
internal import PharmacyServices

/// The key that wraps all other keys: 32 bytes.
struct MasterKey: Redacted {
    let bytes: [UInt8]
    /// What the operator should know of a key that was made just now, or that others can read.
    let advice: String?

    private static let length = 32

    /// From the environment, or the file that is named, or one in the data directory, which is made at the first start.
    static func resolve(_ configuration: ServerConfiguration, in directory: DataDirectory) throws -> MasterKey {
        if let bytes = configuration.masterKey { return MasterKey(bytes: bytes, advice: nil) }
        if let path = configuration.masterKeyFile { return try read(path) }
        let path = directory.masterKeyPath
        if FileManager.default.fileExists(atPath: path) { return try read(path) }
        guard !FileManager.default.fileExists(atPath: directory.databasePath) else {
            throw ConfigurationError(
                description: "The master key \(path) is missing, and the database beside it opens with no other.")
        }
        let bytes = Entropy.system.bytes(length)
        try write(Data(bytes).base64EncodedString() + "\n", to: path)
        return MasterKey(
            bytes: bytes,
            advice: "Made the master key \(path): keep a copy elsewhere, for without it the data cannot be read.")
    }

    private static func read(_ path: String) throws -> MasterKey {
        guard let data = FileManager.default.contents(atPath: path),
            let bytes = parse(String(decoding: data, as: UTF8.self).trimmed)
        else {
            throw ConfigurationError(
                description: "The master key file \(path) must hold 32 bytes in base64 or hexadecimal.")
        }
        var status = stat()
        let isOpen = stat(path, &status) == 0 && status.st_mode & 0o077 != 0
        return MasterKey(
            bytes: bytes,
            advice: isOpen ? "The master key file \(path) can be read by others than its owner: chmod 600 it." : nil)
    }

    /// Writes a new file that its owner alone may read, and sees it onto the disk before anything is sealed with it.
    private static func write(_ text: String, to path: String) throws {
        let file = open(path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0o600)
        guard file >= 0 else { throw ConfigurationError(description: "The master key file \(path) cannot be made.") }
        defer { close(file) }
        let bytes = Array(text.utf8)
        guard Glibc.write(file, bytes, bytes.count) == bytes.count, fsync(file) == 0 else {
            unlink(path)
            throw ConfigurationError(description: "The master key file \(path) cannot be written.")
        }
        // The file's name too, or a power cut could leave a database without its key.
        let name = String(path.prefix(upTo: path.lastIndex(of: "/") ?? path.startIndex))
        let directory = open(name, O_RDONLY | O_DIRECTORY | O_CLOEXEC)
        guard directory >= 0 else { return }
        fsync(directory)
        close(directory)
    }

    /// Reads base64 or 64 hexadecimal digits.
    static func parse(_ text: String) -> [UInt8]? {
        if text.utf8.count == 2 * length {
            guard text.allSatisfy(\.isHexDigit) else { return nil }
            let digits = Array(text.utf8)
            let bytes = stride(from: 0, to: digits.count, by: 2).compactMap {
                UInt8(String(decoding: digits[$0..<$0 + 2], as: UTF8.self), radix: 16)
            }
            return bytes.count == length ? bytes : nil
        }
        guard let data = Data(base64Encoded: text), data.count == length else { return nil }
        return Array(data)
    }
}
