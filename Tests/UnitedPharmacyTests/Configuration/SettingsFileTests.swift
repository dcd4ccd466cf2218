import Foundation
import Testing

@testable import UnitedPharmacy

@Suite("Files of settings", .timeLimit(.minutes(3)))
struct SettingsFileTests {
    private func warnings(_ text: String) -> [String] { SettingsFile(text, path: "up.env").warnings }

    @Test("An unknown name is reported with its line and the most similar setting, without its value")
    func unknownNames() {
        let file = SettingsFile(
            "UP_PORT=1\n\nUP_RATE_LIMITS=hunter2\nUP_WEBHOOK_RETRYDELAY=hunter2\nPORT=hunter2\nup_port=hunter2\n",
            path: "up.env")
        #expect(
            file.warnings == [
                "UP_RATE_LIMITS on line 3 of up.env is not a setting. Did you mean UP_RATE_LIMIT?",
                "UP_WEBHOOK_RETRYDELAY on line 4 of up.env is not a setting. Did you mean UP_WEBHOOK_RETRY_DELAY?",
                "PORT on line 5 of up.env is not a setting. Did you mean UP_PORT?",
                "up_port on line 6 of up.env is not a setting. Did you mean UP_PORT?",
            ])
        #expect(file.values == ["UP_PORT": "1"])
    }

    @Test(
        "An invalid line is reported by its number, without its content",
        arguments: ["hunter2", "UP_PORT 9000 hunter2", "export UP_PORT=hunter2", "=hunter2", "hunter2-hunter2=1"])
    func unreadableLines(line: String) {
        let found = warnings("UP_HOST=::1\n\(line)\n")
        #expect(found == ["Line 2 of up.env is ignored: write settings as NAME=value."])
    }

    @Test("If a name is repeated, the last line is used, and both lines are reported")
    func repeatedName() {
        let file = SettingsFile("UP_PORT=1\nUP_HOST=::1\nUP_PORT=2", path: "up.env")
        #expect(file.warnings == ["UP_PORT is set on lines 1 and 3 of up.env: the last one is used."])
        #expect(file.values["UP_PORT"] == "2" && file.lines["UP_PORT"] == 3)
    }

    @Test("Comments, empty lines, spaces, a byte order mark and any line ends cause no warning")
    func silence() {
        let file = SettingsFile(
            "\u{FEFF}UP_PORT=1\r\n# UP_PROT=2\r\n \r\n UP_HOST = ::1 \nUP_DATA_DIR=a=b", path: "up.env")
        #expect(file.warnings.isEmpty)
        #expect(file.values == ["UP_PORT": "1", "UP_HOST": "::1", "UP_DATA_DIR": "a=b"])
        #expect(file.lines["UP_HOST"] == 4)
    }

    @Test(
        "Unknown variables of the environment that look like settings are found",
        arguments: [
            ("UP_RATELIMIT", true), ("up_port", true), ("UP_KEY", true), ("UP_PORT", false), ("UP_CONFIG", false),
            ("UP_TEST_LOGS", false), ("UP_LIBPQ", false), ("UPTIME", false), ("PATH", false),
        ])
    func variables(name: String, isUnknown: Bool) {
        #expect(SettingsTable.isUnknown(variable: name) == isUnknown)
    }

    @Test(
        "The most similar name is found if there is one",
        arguments: [
            ("UP_RATELIMIT", "UP_RATE_LIMIT"), ("UP_PROT", "UP_PORT"), ("UP_MASTERKEY_FILE", "UP_MASTER_KEY_FILE"),
            ("UP_DATADIR", "UP_DATA_DIR"), ("UP_LOGLEVEL", "UP_LOG_LEVEL"), ("UP_PUBLIC_URI", "UP_PUBLIC_URL"),
            ("UP_SOMETHING_ELSE", nil), ("X", nil), (String(repeating: "U", count: 65), nil),
        ])
    func nearest(name: String, setting: String?) {
        #expect(SettingsTable.nearest(to: name) == setting)
    }

    @Test("Servers and commands print each warning once and continue")
    func warned() throws {
        let directory = try ServerProcess.temporaryDirectory()
        let file = directory.appending(path: "up.env")
        try Data("UP_LOG_LEVLE=error\nnonsense hunter2\n".utf8).write(to: file)
        let server = try ServerProcess(in: directory.appending(path: "data"))
        defer { server.kill() }
        for arguments in [["tenant", "list", "--json"], ["serve", "--port", "0"]] {
            let result = try ServerProcess.run(
                arguments + ["--config", file.path], in: directory.appending(path: "data"),
                settings: ["UP_RATELIMIT": "hunter2"])
            let warnings = result.output.split(separator: "\n").filter { !$0.hasPrefix("[") }
            #expect(warnings.contains("UP_RATELIMIT in the environment is not a setting. Did you mean UP_RATE_LIMIT?"))
            #expect(
                warnings.contains(
                    "UP_LOG_LEVLE on line 1 of \(file.path) is not a setting. Did you mean UP_LOG_LEVEL?"))
            #expect(warnings.count { $0.contains("is not a setting") || $0.contains("is ignored") } == 3)
            #expect(!result.output.contains("hunter2"))
        }
    }
}
