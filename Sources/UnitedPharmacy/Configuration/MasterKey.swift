internal import FoundationEssentials
internal import Glibc
internal import PharmacyDomain
internal import PharmacyServices

/// Where everything is kept.
struct DataDirectory {
    let path: String

    /// Makes the directory, for its owner alone, where it is missing.
    init(path: String) throws {
        self.path = path
        do {
            try FileManager.default.createDirectory(
                atPath: path, withIntermediateDirectories: true, attributes: [.posixPermissions: 0o700])
        } catch {
            throw ConfigurationError(description: "The data directory \(path) cannot be made.")
        }
    }

    /// Keeps other servers out of the directory until this process ends, however it ends: the start takes up what a
    /// crashed server had claimed, which must not be a running one's.
    func lock() throws {
        let file = open(path + "/server.lock", O_RDWR | O_CREAT | O_CLOEXEC, 0o600)
        guard file >= 0 else { throw ConfigurationError(description: "The data directory \(path) cannot be written.") }
        guard flock(file, LOCK_EX | LOCK_NB) == 0 else {
            close(file)
            throw StartError(description: "Another server is running on the data directory \(path).")
        }
    }

    var databasePath: String { path + "/united-pharmacy.sqlite" }
    var masterKeyPath: String { path + "/master.key" }
}

/// The key that wraps all other keys: 32 bytes.
struct MasterKey {
    let bytes: [UInt8]
    /// What the operator should know of a key that was made just now.
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
        return MasterKey(bytes: bytes, advice: nil)
    }

    /// Writes a new file that its owner alone may read, and sees it onto the disk before anything is sealed with it.
    private static func write(_ text: String, to path: String) throws {
        let file = open(path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0o600)
        guard file >= 0 else { throw ConfigurationError(description: "The master key file \(path) cannot be made.") }
        defer { close(file) }
        let bytes = Array(text.utf8)
        guard Glibc.write(file, bytes, bytes.count) == bytes.count, fsync(file) == 0 else {
            throw ConfigurationError(description: "The master key file \(path) cannot be written.")
        }
    }

    /// Reads base64 or 64 hexadecimal digits.
    static func parse(_ text: String) -> [UInt8]? {
        if text.utf8.count == 2 * length {
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
