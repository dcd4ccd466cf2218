import ArgumentParser
import Foundation
import Testing

@testable import UnitedPharmacy

extension Setting: CustomTestStringConvertible {
    public var testDescription: String { name }
}

@Suite("The table of settings, and the documents that come from it")
struct SettingsTableTests {
    private static let root = URL(filePath: #filePath).deletingLastPathComponent().appending(path: "../../..")
        .standardizedFileURL

    private var isUpdating: Bool { ProcessInfo.processInfo.environment["UPDATE_GOLDEN"] == "1" }

    /// How to write the documents again after a change of the table.
    private static let advice = "is not up to date: UPDATE_GOLDEN=1 swift test --filter SettingsTableTests"

    @Test("The table in README.md is rendered from the table of settings")
    func readme() throws {
        let url = Self.root.appending(path: "README.md")
        let text = try String(contentsOf: url, encoding: .utf8)
        let lines = text.split(separator: "\n", omittingEmptySubsequences: false)
        let start = try #require(lines.firstIndex { $0.hasPrefix("| Variable | Flag |") })
        let end = lines[start...].firstIndex { !$0.hasPrefix("|") } ?? lines.endIndex
        let table = SettingsDocuments.readmeTable
        if isUpdating {
            let parts = [lines[..<start].joined(separator: "\n"), table, lines[end...].joined(separator: "\n")]
            try Data(parts.joined(separator: "\n").utf8).write(to: url)
            return
        }
        let isUpToDate = lines[start..<end].joined(separator: "\n") == table
        #expect(isUpToDate, "The table in README.md \(Self.advice)")
    }

    @Test("The sample file is rendered from the table of settings")
    func sampleFile() throws {
        let url = Self.root.appending(path: "Documentation/united-pharmacy.sample.conf")
        if isUpdating { try Data(SettingsDocuments.sampleFile.utf8).write(to: url) }
        let isUpToDate = try String(contentsOf: url, encoding: .utf8) == SettingsDocuments.sampleFile
        #expect(isUpToDate, "Documentation/united-pharmacy.sample.conf \(Self.advice)")
    }

    @Test("The sample file has no effect as it is, and names every setting once when its comments are removed")
    func sampleFileIsReadable() {
        let text = SettingsDocuments.sampleFile
        let unchanged = SettingsFile(text, path: "sample")
        #expect(unchanged.values.isEmpty && unchanged.warnings.isEmpty)
        let uncommented = text.split(separator: "\n").filter { $0.hasPrefix("#UP_") }.map { $0.dropFirst() }
        let file = SettingsFile(uncommented.joined(separator: "\n"), path: "sample")
        #expect(Set(file.values.keys) == SettingsTable.names)
        #expect(file.warnings.isEmpty)
    }

    @Test("Names and flags are unique")
    func unique() {
        #expect(SettingsTable.names.count == SettingsTable.all.count)
        let flags = SettingsTable.all.compactMap(\.flag)
        #expect(Set(flags).count == flags.count)
    }

    @Test("The default and the example of a setting are accepted values", arguments: SettingsTable.all)
    func accepted(setting: Setting) async throws {
        var values = [setting.example].compactMap(\.self)
        if case .value(let text) = setting.default { values.append(text) }
        for value in values {
            let settings = try await Settings(flags: [setting.name: value], file: nil)
            #expect(!ServerConfiguration.reading(settings).0.refusedSettings.contains(setting.name), "\(value)")
        }
    }

    @Test("serve accepts exactly the flags of the table, and each sets its setting")
    func flags() throws {
        for setting in SettingsTable.all {
            guard let flag = setting.flag else { continue }
            let isSwitch = setting.range == "yes or no"
            let command = try ServeCommand.parse(["--\(flag)"] + (isSwitch ? [] : ["value"]))
            let given = command.flags.compactMapValues(\.self)
            #expect(given == [setting.name: isSwitch ? "yes" : "value"], "--\(flag)")
        }
        let declared = try ServeCommand.parse([]).flags.keys
        #expect(Set(declared) == Set(SettingsTable.all.filter { $0.flag != nil }.map(\.name)))
    }

    @Test("serve --help names every setting with its values and its default", arguments: SettingsTable.all)
    func help(setting: Setting) {
        let words = ServeCommand.helpMessage(columns: 500).split { $0 == " " || $0 == "\n" }.joined(separator: " ")
        #expect(words.contains("\(setting.name) \(setting.range) (default: \(setting.default.text))"))
        if let flag = setting.flag { #expect(words.contains("--\(flag)")) }
    }
}
