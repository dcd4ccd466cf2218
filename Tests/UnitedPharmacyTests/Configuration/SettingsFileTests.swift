import Foundation
import Testing

@testable import UnitedPharmacy

@Suite("What is said of a file of settings")
struct SettingsFileTests {
    private func warnings(_ text: String) -> [String] { SettingsFile(text, path: "up.env").warnings }

    @Test("A name that is no setting is told with its line and the setting that was probably meant, never its value")
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
        "A line that is no setting is told by its number, and nothing of it is repeated",
        arguments: ["hunter2", "UP_PORT 9000 hunter2", "export UP_PORT=hunter2", "=hunter2", "hunter2-hunter2=1"])
    func unreadableLines(line: String) {
        let found = warnings("UP_HOST=::1\n\(line)\n")
        #expect(found == ["Line 2 of up.env is not read: a setting is written NAME=value."])
    }

    @Test("Of a name that stands twice, the last counts, and both lines are told")
    func repeatedName() {
        let file = SettingsFile("UP_PORT=1\nUP_HOST=::1\nUP_PORT=2", path: "up.env")
        #expect(file.warnings == ["UP_PORT is on lines 1 and 3 of up.env: the last one counts."])
        #expect(file.values["UP_PORT"] == "2" && file.lines["UP_PORT"] == 3)
    }

    @Test("Comments, empty lines, spaces, a byte order mark and ends of lines of any kind are nothing to tell of")
    func silence() {
        let file = SettingsFile(
            "\u{FEFF}UP_PORT=1\r\n# UP_PROT=2\r\n \r\n UP_HOST = ::1 \nUP_DATA_DIR=a=b", path: "up.env")
        #expect(file.warnings.isEmpty)
        #expect(file.values == ["UP_PORT": "1", "UP_HOST": "::1", "UP_DATA_DIR": "a=b"])
        #expect(file.lines["UP_HOST"] == 4)
    }

    @Test(
        "A variable of the environment that looks like a setting and is none is found",
        arguments: [
            ("UP_RATELIMIT", true), ("up_port", true), ("UP_KEY", true), ("UP_PORT", false), ("UP_CONFIG", false),
            ("UP_TEST_LOGS", false), ("UP_LIBPQ", false), ("UPTIME", false), ("PATH", false),
        ])
    func variables(name: String, isUnknown: Bool) {
        #expect(SettingNames.isUnknown(variable: name) == isUnknown)
    }

    @Test(
        "The nearest name is found where one is near",
        arguments: [
            ("UP_RATELIMIT", "UP_RATE_LIMIT"), ("UP_PROT", "UP_PORT"), ("UP_MASTERKEY_FILE", "UP_MASTER_KEY_FILE"),
            ("UP_DATADIR", "UP_DATA_DIR"), ("UP_LOGLEVEL", "UP_LOG_LEVEL"), ("UP_PUBLIC_URI", "UP_PUBLIC_URL"),
            ("UP_SOMETHING_ELSE", nil), ("X", nil), (String(repeating: "U", count: 65), nil),
        ])
    func nearest(name: String, setting: String?) {
        #expect(SettingNames.nearest(to: name) == setting)
    }

    @Test("A server and a command warn of them, once each, and go on")
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
            #expect(warnings.count { $0.contains("is not") } == 3)
            #expect(!result.output.contains("hunter2"))
        }
    }
}
