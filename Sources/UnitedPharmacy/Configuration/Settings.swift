internal import Configuration
internal import FoundationEssentials
internal import PharmacyDomain

/// Settings by their `UP_` names, from flags, the environment and a file, in this order.
struct Settings: Sendable, Redacted {
    /// Where a setting comes from.
    enum Origin: Hashable, Sendable, CustomStringConvertible {
        case flag
        case environment
        /// The line counts from 1.
        case file(path: String, line: Int)
        /// It was not set.
        case builtIn

        var description: String {
            switch self {
            case .flag: "flag"
            case .environment: "environment"
            case .file(let path, let line): "\(path), line \(line)"
            case .builtIn: "default"
            }
        }
    }

    private let reader: ConfigReader
    private let flags: Set<String>
    private let environment: Set<String>
    private let file: (path: String, content: SettingsFile)?
    /// What looks like a setting and is none, and lines of the file that are not read: a sentence each, without values.
    let warnings: [String]

    /// - Parameters:
    ///   - flags: by the names they have in the environment; `nil` for those that were not given.
    ///   - file: lines of `NAME=value`; one that is named must be there.
    init(flags: [String: String?], configFile: String?) async throws {
        try await self.init(
            flags: flags, file: configFile ?? ProcessInfo.processInfo.environment[SettingNames.file])
    }

    /// - Parameter file: `nil` for none, whatever the environment says.
    init(flags: [String: String?], file path: String?) async throws {
        let given = Dictionary(
            uniqueKeysWithValues: flags.compactMap { name, value in
                value.map {
                    (AbsoluteConfigKey([name]), ConfigValue(.string($0), isSecret: SettingNames.secrets.contains(name)))
                }
            })
        self.flags = Set(flags.compactMap { name, value in value == nil ? nil : name })
        environment = Set(ProcessInfo.processInfo.environment.keys)
        var providers: [any ConfigProvider] = [
            InMemoryProvider(values: given),
            EnvironmentVariablesProvider(secretsSpecifier: .specific(SettingNames.secrets)),
        ]
        var warnings = environment.filter(SettingNames.isUnknown).sorted().map { name in
            let hint = SettingNames.nearest(to: name).map { " Did you mean \($0)?" } ?? ""
            return "\(name) in the environment is not a setting.\(hint)"
        }
        if let path, !path.isEmpty {
            guard let data = FileManager.default.contents(atPath: path) else {
                throw ConfigurationError(description: "--config (UP_CONFIG) names a file that cannot be read.")
            }
            let content = SettingsFile(String(decoding: data, as: UTF8.self), path: path)
            file = (path, content)
            warnings += content.warnings
            providers.append(
                EnvironmentVariablesProvider(
                    environmentVariables: content.values, secretsSpecifier: .specific(SettingNames.secrets)))
        } else {
            file = nil
        }
        self.warnings = warnings
        reader = ConfigReader(providers: providers)
    }

    /// Tells the operator what is wrong with the settings' names, in the format that they ask for.
    func introduce() {
        if let format = text("UP_LOG_FORMAT").flatMap(LogFormat.init(rawValue:)) { Terminal.adopt(format) }
        for warning in warnings { Terminal.hint(warning, level: .warning) }
    }

    /// Whether it was given as a flag, which wins over what says the same in another way.
    func isFlag(_ name: String) -> Bool { flags.contains(name) }

    /// `nil` where it is not set, or empty.
    func text(_ name: String) -> String? {
        guard let text = reader.string(forKey: ConfigKey([name]), isSecret: SettingNames.secrets.contains(name)),
            !text.isEmpty
        else { return nil }
        return text
    }

    /// Where a setting that is set comes from.
    func origin(of name: String) -> Origin {
        if flags.contains(name) { return .flag }
        if environment.contains(name) { return .environment }
        if let file, let line = file.content.lines[name] { return .file(path: file.path, line: line) }
        return .builtIn
    }

    /// Names the setting, what it should be and where it is, never what it was: it may be a secret.
    func error(_ name: String, _ expected: String) -> ConfigurationError {
        let place =
            switch origin(of: name) {
            case .file(let path, let line): "; it is set on line \(line) of \(path)"
            case .environment: "; it is set in the environment"
            case .flag, .builtIn: ""
            }
        return ConfigurationError(description: "\(name) must be \(expected)\(place).")
    }
}
