internal import ArgumentParser

extension Option where Value == String? {
    /// The flag of a setting, with the name and the help of `SettingsTable`.
    init(setting name: String) {
        self.init(name: .flag(of: name), help: .of(setting: name))
    }
}

extension Flag where Value == Bool {
    /// A flag that sets a setting to `yes`, with the name and the help of `SettingsTable`.
    init(wrappedValue: Bool, setting name: String) {
        self.init(wrappedValue: wrappedValue, name: .flag(of: name), help: .of(setting: name))
    }
}

extension NameSpecification {
    fileprivate static func flag(of name: String) -> NameSpecification {
        .customLong(SettingsTable.setting(name)?.flag ?? name)
    }
}

extension ArgumentHelp {
    fileprivate static func of(setting name: String) -> ArgumentHelp {
        guard let setting = SettingsTable.setting(name) else { return ArgumentHelp(stringLiteral: name) }
        return ArgumentHelp(stringLiteral: "\(SettingsHelp.plain(setting.help)) (\(name))")
    }
}
