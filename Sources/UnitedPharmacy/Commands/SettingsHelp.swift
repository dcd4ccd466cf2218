/// The settings of `SettingsTable` as plain text for `serve --help`.
enum SettingsHelp {
    /// Names, accepted values and defaults of all settings, a line each.
    static var text: String {
        let width = SettingsTable.all.map(\.name.count).max() ?? 0
        let lines = SettingsTable.all.map { setting in
            let name = setting.name + String(repeating: " ", count: width - setting.name.count)
            return "  \(name)  \(setting.range) (default: \(setting.default.text))"
        }
        return lines.joined(separator: "\n")
    }

    /// The help of a setting without Markdown.
    static func plain(_ help: String) -> String { help.filter { $0 != "`" } }
}
