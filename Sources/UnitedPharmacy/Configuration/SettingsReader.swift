/// Reads settings one after the other and collects their errors, so that the operator sees all errors at
/// once.
struct SettingsReader {
    /// A setting that is in effect, for people.
    struct Shown: Hashable, Sendable {
        let name: String
        /// The value, or `(set)` for a secret.
        let value: String
        let origin: Settings.Origin
    }

    private let settings: Settings
    private(set) var faults: [String] = []
    /// The names of settings with invalid values.
    private(set) var refused: Set<String> = []
    private(set) var shown: [Shown] = []

    init(_ settings: Settings) { self.settings = settings }

    /// The value of a setting; `nil` when it is not set or invalid.
    /// - Parameter otherwise: describes what holds without a value.
    mutating func value<Value>(
        _ name: String, _ kind: SettingKind<Value>, isSecret: Bool, otherwise: String
    ) -> Value? {
        guard let text = settings.text(name) else {
            shown.append(Shown(name: name, value: otherwise, origin: .builtIn))
            return nil
        }
        guard let value = kind.read(text) else {
            refuse(settings.error(name, kind.expected).description, of: name)
            return nil
        }
        shown.append(
            Shown(name: name, value: isSecret ? "(set)" : kind.show(value), origin: settings.origin(of: name)))
        return value
    }

    /// Whether the setting was given as a flag.
    func isFlag(_ name: String) -> Bool { settings.isFlag(name) }

    /// Adds an error about several settings together, or about one whose value as such is valid.
    mutating func refuse(_ sentence: String, of name: String? = nil) {
        faults.append(sentence)
        if let name { refused.insert(name) }
    }

    /// The names of the settings that were given.
    var given: [String] { shown.filter { $0.origin != .builtIn }.map(\.name).sorted() }
}
