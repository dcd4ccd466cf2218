@testable import UnitedPharmacy

/// The documents that `SettingsTable` is rendered to.
enum SettingsDocuments {
    /// The table in README.md.
    static var readmeTable: String {
        let rows = SettingsTable.all.map { setting in
            row(
                setting.name, setting.flag, code(setting.default), setting.range,
                setting.help + (setting.page.map { " See [\(fileName($0))](Documentation/\($0))." } ?? ""))
        }
        let file = row(
            "UP_CONFIG", "config", "", "a path", "The file of settings. Only a flag or the environment sets it.")
        return (["| Variable | Flag | Default | Values | Meaning |", "|---|---|---|---|---|", file] + rows)
            .joined(separator: "\n")
    }

    /// `Documentation/united-pharmacy.sample.conf`: a file of settings in which every setting is a comment.
    static var sampleFile: String {
        let introduction = """
            # Settings of united-pharmacy, as NAME=value lines.
            #
            # Copy this file, remove the # in front of a setting that you want to change, and start the server with
            # --config FILE or with the environment variable UP_CONFIG. A flag and the environment take precedence over
            # this file. "united-pharmacy serve --config FILE --check-config" checks it and starts nothing.
            #
            # Keep a file that contains secrets readable for the server's user only (mode 0600).

            """
        let groups = SettingsTable.groups.map { group in
            "\n# ---- \(group.title) ----\n" + group.settings.map(sample).joined()
        }
        return introduction + groups.joined()
    }

    private static func sample(_ setting: Setting) -> String {
        let page = setting.page.map { " See Documentation/\($0)." } ?? ""
        let sentence = wrapped(setting.help.filter { $0 != "`" } + page)
        let values = wrapped("Values: \(setting.range). Default: \(setting.default.text).")
        let value: String
        if let example = setting.example {
            value = example
        } else if case .value(let text) = setting.default {
            value = text
        } else {
            value = ""
        }
        return "\n\(sentence)\n\(values)\n#\(setting.name)=\(value)\n"
    }

    private static func row(
        _ name: String, _ flag: String?, _ defaultText: String, _ values: String, _ meaning: String
    ) -> String {
        let cells = ["`\(name)`", flag.map { "`--\($0)`" } ?? "", defaultText, values, meaning]
        return "|" + cells.map { $0.isEmpty ? " |" : " \($0) |" }.joined()
    }

    private static func code(_ value: Setting.Default) -> String {
        switch value {
        case .value(let text): "`\(text)`"
        case .words(let text): text == "not set" ? "" : text
        }
    }

    private static func fileName(_ page: String) -> String { page.split(separator: "#").first.map(String.init) ?? page }

    /// Comment lines of at most 100 columns.
    private static func wrapped(_ text: String) -> String {
        var lines = ["#"]
        for word in text.split(separator: " ") {
            if lines[lines.count - 1].count + word.count >= 100 { lines.append("#") }
            lines[lines.count - 1] += " " + word
        }
        return lines.joined(separator: "\n")
    }
}
