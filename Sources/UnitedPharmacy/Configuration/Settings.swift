internal import Configuration
internal import FoundationEssentials
internal import PharmacyDomain

/// Settings by their `UP_` names, from flags, the environment and a file, in this order.
struct Settings: Sendable, Redacted {
    private let reader: ConfigReader
    private let flags: Set<String>

    /// Settings whose values are written nowhere, also where swift-configuration logs what is read.
    private static let secrets: Set<String> = [
        "UP_DATABASE_URL", "UP_IMPETUS_CALLBACK_SECRET", "UP_IMPETUS_TOKEN", "UP_MASTER_KEY", "UP_SANDBOX_SETUP_TOKEN",
    ]

    /// - Parameters:
    ///   - flags: by the names they have in the environment; `nil` for those that were not given.
    ///   - file: lines of `NAME=value`; one that is named must be there.
    init(flags: [String: String?], configFile: String?) async throws {
        try await self.init(flags: flags, file: configFile ?? ProcessInfo.processInfo.environment["UP_CONFIG"])
    }

    /// - Parameter file: `nil` for none, whatever the environment says.
    init(flags: [String: String?], file: String?) async throws {
        let given = Dictionary(
            uniqueKeysWithValues: flags.compactMap { name, value in
                value.map {
                    (AbsoluteConfigKey([name]), ConfigValue(.string($0), isSecret: Settings.secrets.contains(name)))
                }
            })
        self.flags = Set(flags.compactMap { name, value in value == nil ? nil : name })
        var providers: [any ConfigProvider] = [
            InMemoryProvider(values: given),
            EnvironmentVariablesProvider(secretsSpecifier: .specific(Settings.secrets)),
        ]
        if let file {
            guard let data = FileManager.default.contents(atPath: file) else {
                throw ConfigurationError(description: "--config (UP_CONFIG) names a file that cannot be read.")
            }
            providers.append(
                EnvironmentVariablesProvider(
                    environmentVariables: Settings.lines(String(decoding: data, as: UTF8.self)),
                    secretsSpecifier: .specific(Settings.secrets)))
        }
        reader = ConfigReader(providers: providers)
    }

    /// The settings in lines of `NAME=value`, whichever way the lines end; the last one where a name stands twice.
    private static func lines(_ text: String) -> [String: String] {
        let pairs = text.split(whereSeparator: \.isNewline).compactMap { line -> (String, String)? in
            let parts = line.split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false)
            guard let name = parts.first.map({ String($0).trimmed }), parts.count == 2, !name.hasPrefix("#") else {
                return nil
            }
            return (name, String(parts[1]).trimmed)
        }
        return Dictionary(pairs) { $1 }
    }

    /// Whether it was given as a flag, which wins over what says the same in another way.
    func isFlag(_ name: String) -> Bool { flags.contains(name) }

    /// `nil` where it is not set, or empty.
    func text(_ name: String) -> String? {
        guard let text = reader.string(forKey: ConfigKey([name]), isSecret: Settings.secrets.contains(name)),
            !text.isEmpty
        else { return nil }
        return text
    }

    /// A setting that is `yes` or `no`; `nil` where it is not set.
    func flag(_ name: String) throws -> Bool? {
        try value(name, "yes or no") { text in
            switch text {
            case "yes": true
            case "no": false
            default: nil
            }
        }
    }

    func value<Value>(_ name: String, _ expected: String, _ parse: (String) -> Value?) throws -> Value? {
        guard let text = text(name) else { return nil }
        guard let value = parse(text) else { throw error(name, expected) }
        return value
    }

    /// Names the setting and what it should be, never what it was: it may be a secret.
    func error(_ name: String, _ expected: String) -> ConfigurationError {
        ConfigurationError(description: "\(name) must be \(expected).")
    }
}

/// A setting that cannot be read; its text is one sentence that names it.
struct ConfigurationError: Error, CustomStringConvertible {
    let description: String
}
