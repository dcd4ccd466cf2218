internal import Configuration
internal import FoundationEssentials
internal import PharmacyDomain

/// Settings by their `UP_` names. Flags take precedence over the environment, and the environment over a file.
struct Settings: Sendable, Redacted {
    /// The source of a setting's value.
    enum Origin: Hashable, Sendable, CustomStringConvertible {
        case flag
        case environment
        /// The line counts from 1.
        case file(path: String, line: Int)
        /// The setting is not set and has its default.
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
    /// Unknown variables of the environment, and unknown names and invalid lines of the file: a sentence each, without
    /// values.
    let warnings: [String]

    /// - Parameters:
    ///   - flags: by the names of their settings; `nil` for flags that were not given.
    ///   - configFile: the path of a file of settings; `nil`: the one in `UP_CONFIG`, if any.
    /// - Throws: `ConfigurationError` if the file cannot be read.
    init(flags: [String: String?], configFile: String?) async throws {
        try await self.init(
            flags: flags, file: configFile ?? ProcessInfo.processInfo.environment[SettingsTable.fileVariable])
    }

    /// - Parameter file: the path of a file of settings; `nil` for none, even if `UP_CONFIG` is set.
    init(flags: [String: String?], file path: String?) async throws {
        let given = Dictionary(
            uniqueKeysWithValues: flags.compactMap { name, value in
                value.map {
                    (
                        AbsoluteConfigKey([name]),
                        ConfigValue(.string($0), isSecret: SettingsTable.secrets.contains(name))
                    )
                }
            })
        self.flags = Set(flags.compactMap { name, value in value == nil ? nil : name })
        environment = Set(ProcessInfo.processInfo.environment.keys)
        var providers: [any ConfigProvider] = [
            InMemoryProvider(values: given),
            EnvironmentVariablesProvider(secretsSpecifier: .specific(SettingsTable.secrets)),
        ]
        var warnings = environment.filter(SettingsTable.isUnknown).sorted().map { name in
            let hint = SettingsTable.nearest(to: name).map { " Did you mean \($0)?" } ?? ""
            return "\(name) in the environment is not a setting.\(hint)"
        }
        if let path, !path.isEmpty {
            guard let data = FileManager.default.contents(atPath: path) else {
                throw ConfigurationError(description: "The file of settings (--config, UP_CONFIG) cannot be read.")
            }
            let content = SettingsFile(String(decoding: data, as: UTF8.self), path: path)
            file = (path, content)
            warnings += content.warnings
            providers.append(
                EnvironmentVariablesProvider(
                    environmentVariables: content.values, secretsSpecifier: .specific(SettingsTable.secrets)))
        } else {
            file = nil
        }
        self.warnings = warnings
        reader = ConfigReader(providers: providers)
    }

    /// Sets the format of lines for the operator, then prints the warnings.
    func announceWarnings() {
        if let format = text("UP_LOG_FORMAT").flatMap(LogFormat.init(rawValue:)) { Terminal.adopt(format) }
        for warning in warnings { Terminal.hint(warning, level: .warning) }
    }

    /// Whether the setting was given as a flag.
    func isFlag(_ name: String) -> Bool { flags.contains(name) }

    /// The value; `nil` if it is not set or empty.
    func text(_ name: String) -> String? {
        guard let text = reader.string(forKey: ConfigKey([name]), isSecret: SettingsTable.secrets.contains(name)),
            !text.isEmpty
        else { return nil }
        return text
    }

    /// The source of a setting's value.
    func origin(of name: String) -> Origin {
        if flags.contains(name) { return .flag }
        if environment.contains(name) { return .environment }
        if let file, let line = file.content.lines[name] { return .file(path: file.path, line: line) }
        return .builtIn
    }

    /// An error that names the setting, its accepted values and its source, but not its value, which may be a secret.
    func error(_ name: String, _ expected: String) -> ConfigurationError {
        let source =
            switch origin(of: name) {
            case .file(let path, let line): "; it is set on line \(line) of \(path)"
            case .environment: "; it is set in the environment"
            case .flag, .builtIn: ""
            }
        return ConfigurationError(description: "\(name) must be \(expected)\(source).")
    }
}
