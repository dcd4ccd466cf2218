/// Reads settings one after the other and gathers what is wrong with them: the operator hears of everything at once.
struct SettingsReader {
    /// A setting as it is in force, for people.
    struct Shown: Hashable, Sendable {
        let name: String
        /// Of a secret, that it is set.
        let value: String
        let origin: Settings.Origin
    }

    private let settings: Settings
    private(set) var faults: [String] = []
    /// The names of settings that could not be read.
    private(set) var refused: Set<String> = []
    private(set) var shown: [Shown] = []

    init(_ settings: Settings) { self.settings = settings }

    /// The value of a setting, or `fallback` where it is not set or not as it must be.
    mutating func value<Value>(_ name: String, _ kind: SettingKind<Value>, default fallback: Value) -> Value {
        value(name, kind, otherwise: kind.show(fallback)) ?? fallback
    }

    /// The value of a setting; `nil` where it is not set or not as it must be.
    /// - Parameter otherwise: what holds without it, in words.
    mutating func value<Value>(
        _ name: String, _ kind: SettingKind<Value>, otherwise: String = "not set"
    ) -> Value? {
        guard let text = settings.text(name) else {
            shown.append(Shown(name: name, value: otherwise, origin: .builtIn))
            return nil
        }
        guard let value = kind.read(text) else {
            refuse(settings.error(name, kind.expected).description, of: name)
            return nil
        }
        let isSecret = SettingNames.secrets.contains(name)
        shown.append(
            Shown(name: name, value: isSecret ? "(set)" : kind.show(value), origin: settings.origin(of: name)))
        return value
    }

    /// Whether it was given as a flag, which wins over what says the same in another way.
    func isFlag(_ name: String) -> Bool { settings.isFlag(name) }

    /// Notes what is wrong with settings together, or with one that could be read.
    mutating func refuse(_ sentence: String, of name: String? = nil) {
        faults.append(sentence)
        if let name { refused.insert(name) }
    }

    /// The names of the settings that were given.
    var given: [String] { shown.filter { $0.origin != .builtIn }.map(\.name).sorted() }
}
