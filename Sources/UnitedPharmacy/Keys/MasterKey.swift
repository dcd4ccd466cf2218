internal import FoundationEssentials
internal import PharmacyDomain
internal import PharmacyServices
internal import PharmacyStore

/// The key that wraps all other keys: 32 bytes.
struct MasterKey: Redacted {
    let bytes: [UInt8]
    /// The file of the key; `nil` for a key from the setting UP_MASTER_KEY.
    let file: MasterKeyFile?
    /// Advice for the operator about a key that was just created; `nil` for an existing key.
    let advice: String?

    /// The source from which the store reads the key, also after a rotation.
    var source: MasterKeySource {
        guard let file else { return .fixed(bytes) }
        return MasterKeySource { file.candidates() }
    }

    static func random() -> [UInt8] { Entropy.system.bytes(MasterKeyText.keyLength) }

    /// The key from the setting, from the configured file, or from the file in the data directory, which is created at
    /// the first start.
    /// - Throws: `ConfigurationError`.
    static func resolve(_ configuration: ServerConfiguration, in directory: DataDirectory) throws -> MasterKey {
        if let found = try find(configuration, in: directory) { return found }
        let file = MasterKeyFile(path: directory.masterKeyPath)
        let bytes = random()
        try file.create(bytes)
        return MasterKey(
            bytes: bytes, file: file,
            advice:
                "Created the master key \(file.path). Keep a copy elsewhere: without the key, the data cannot be "
                + "decrypted."
        )
    }

    /// The existing key.
    /// - Returns: `nil` if there is none yet, and the first start creates it.
    /// - Throws: `ConfigurationError`.
    static func find(_ configuration: ServerConfiguration, in directory: DataDirectory) throws -> MasterKey? {
        if let bytes = configuration.masterKey { return MasterKey(bytes: bytes, file: nil, advice: nil) }
        let file = MasterKeyFile(path: configuration.masterKeyFile ?? directory.masterKeyPath)
        if configuration.masterKeyFile != nil || FileManager.default.fileExists(atPath: file.path) {
            return MasterKey(bytes: try file.read(), file: file, advice: nil)
        }
        guard !FileManager.default.fileExists(atPath: directory.databasePath) else {
            throw ConfigurationError(
                description: "The master key \(file.path) is missing, and the database cannot be decrypted without it.")
        }
        return nil
    }

    /// Whether a key exists. Commands that need an existing key must not create one.
    static func isKnown(_ configuration: ServerConfiguration) -> Bool {
        configuration.masterKey != nil || configuration.masterKeyFile != nil
            || FileManager.default.fileExists(
                atPath: configuration.dataDirectory + "/" + DataDirectory.masterKeyName)
    }
}
