internal import FoundationEssentials
internal import PharmacyDomain
internal import PharmacyServices
internal import PharmacyStore

/// The key that wraps all other keys: 32 bytes.
struct MasterKey: Redacted {
    let bytes: [UInt8]
    /// Where it is kept; `nil` for one from the setting UP_MASTER_KEY.
    let file: MasterKeyFile?
    /// What the operator should know of a key that was made just now.
    let advice: String?

    private static let length = 32

    /// Where the store finds it, also after it has been replaced.
    var source: MasterKeySource {
        guard let file else { return .fixed(bytes) }
        return MasterKeySource { file.candidates() }
    }

    static func random() -> [UInt8] { Entropy.system.bytes(length) }

    /// From the environment, or the file that is named, or one in the data directory, which is made at the first start.
    static func resolve(_ configuration: ServerConfiguration, in directory: DataDirectory) throws -> MasterKey {
        if let found = try find(configuration, in: directory) { return found }
        let file = MasterKeyFile(path: directory.masterKeyPath)
        let bytes = random()
        try file.create(bytes)
        return MasterKey(
            bytes: bytes, file: file,
            advice: "Made the master key \(file.path): keep a copy elsewhere, for without it the data cannot be read.")
    }

    /// The key that is there already.
    /// - Returns: `nil` where the first start is to make one.
    /// - Throws: `ConfigurationError`.
    static func find(_ configuration: ServerConfiguration, in directory: DataDirectory) throws -> MasterKey? {
        if let bytes = configuration.masterKey { return MasterKey(bytes: bytes, file: nil, advice: nil) }
        let file = MasterKeyFile(path: configuration.masterKeyFile ?? directory.masterKeyPath)
        if configuration.masterKeyFile != nil || FileManager.default.fileExists(atPath: file.path) {
            return MasterKey(bytes: try file.read(), file: file, advice: nil)
        }
        guard !FileManager.default.fileExists(atPath: directory.databasePath) else {
            throw ConfigurationError(
                description: "The master key \(file.path) is missing, and the database beside it opens with no other.")
        }
        return nil
    }

    /// Whether there is one: one that must be there already is not to be made.
    static func isKnown(_ configuration: ServerConfiguration) -> Bool {
        configuration.masterKey != nil || configuration.masterKeyFile != nil
            || FileManager.default.fileExists(
                atPath: configuration.dataDirectory + "/" + DataDirectory.masterKeyName)
    }

    /// Reads base64 or 64 hexadecimal digits.
    static func parse(_ text: String) -> [UInt8]? {
        if text.utf8.count == 2 * length {
            return Hexadecimal.bytes(text)
        }
        guard let data = Data(base64Encoded: text), data.count == length else { return nil }
        return Array(data)
    }
}
