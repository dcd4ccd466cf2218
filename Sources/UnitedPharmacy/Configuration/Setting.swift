/// A row of `SettingsTable`: the name, flag, values, default and help of one setting, and where its value goes.
struct Setting: Sendable {
    /// What holds when the setting is not given.
    enum Default: Hashable, Sendable {
        /// A value as the setting is written.
        case value(String)
        /// A description, such as `SQLite in the data directory`.
        case words(String)

        var text: String {
            switch self {
            case .value(let text), .words(let text): text
            }
        }
    }

    /// The name in the environment and in a file of settings, such as `UP_PORT`.
    let name: String
    /// The flag of `serve`, without dashes; `nil` for a setting without one.
    let flag: String?
    /// Whether the value must never be printed or logged.
    let isSecret: Bool
    /// The accepted values in a few words, such as `0 to 65535`.
    let range: String
    let `default`: Default
    /// A valid value for the sample file, where the default is not a value.
    let example: String?
    /// One or two sentences for the README, the sample file and `serve --help`. Names of values are in backticks.
    let help: String
    /// The documentation page with more, such as `keys.md` or `webhooks.md#retries`.
    let page: String?
    /// Reads the value into the configuration, or adds an error to the reader.
    let read: @Sendable (inout SettingsReader, inout ServerConfiguration) -> Void

    /// A setting that always has a value: its default is the configuration's initial value.
    /// - Parameters:
    ///   - path: the member of the configuration that takes the value.
    ///   - documentedDefault: replaces a default that depends on the machine in documents.
    init<Value: Sendable>(
        _ name: String, flag: String? = nil, _ kind: SettingKind<Value>,
        to path: any WritableKeyPath<ServerConfiguration, Value> & Sendable, documentedDefault: String? = nil,
        example: String? = nil, help: String, page: String? = nil
    ) {
        let initial = kind.show(ServerConfiguration.defaults[keyPath: path])
        let shown = initial.isEmpty ? "not set" : initial
        self.name = name
        self.flag = flag
        isSecret = false
        range = kind.range
        `default` = documentedDefault.map(Default.words) ?? (initial.isEmpty ? .words(shown) : .value(initial))
        self.example = example
        self.help = help
        self.page = page
        read = { reader, configuration in
            if let value = reader.value(name, kind, isSecret: false, otherwise: shown) {
                configuration[keyPath: path] = value
            }
        }
    }

    /// A setting without a value of its own when it is not given.
    /// - Parameters:
    ///   - path: the member of the configuration that takes the value.
    ///   - otherwise: describes what the server does without the setting.
    ///   - overridingFlag: the name of a setting whose flag takes precedence over this one, wherever this one is set.
    init<Value: Sendable>(
        _ name: String, flag: String? = nil, secret isSecret: Bool = false, _ kind: SettingKind<Value>,
        to path: any WritableKeyPath<ServerConfiguration, Value?> & Sendable, otherwise: String = "not set",
        overriddenByFlagOf overridingFlag: String? = nil, example: String? = nil, help: String, page: String? = nil
    ) {
        self.name = name
        self.flag = flag
        self.isSecret = isSecret
        range = kind.range
        `default` = .words(otherwise)
        self.example = example
        self.help = help
        self.page = page
        read = { reader, configuration in
            if let overridingFlag, reader.isFlag(overridingFlag) { return }
            configuration[keyPath: path] = reader.value(name, kind, isSecret: isSecret, otherwise: otherwise)
        }
    }
}
