import Foundation
import PharmacyDomain
import Synchronization

/// The logs of the servers of a test run, and texts that they must not contain: `Scripts/check-logs` searches them when all
/// tests are over. On where `UP_TEST_LOGS` names a directory.
enum RecordedLogs {
    private static let directory = ProcessInfo.processInfo.environment["UP_TEST_LOGS"].map { URL(filePath: $0) }

    static var isOn: Bool { directory != nil }

    /// A new file for the log of one server.
    static func newLog() throws -> URL? {
        guard let directory else { return nil }
        let file = directory.appending(path: "server-\(UUID().uuidString).log")
        try Data().write(to: file)
        return file
    }

    /// Members that hold health information, secrets or tokens. As bytes, like all that is compared here: comparing
    /// strings of many combining marks, which tests send, takes minutes.
    private static let names: Set<[UInt8]> = Set(
        [
            "first_name", "middle_name", "last_name", "date_of_birth", "email", "phone_home", "phone_work",
            "phone_cell",
            "address1", "address2", "memo", "clinical_notes", "client_secret", "access_token", "refresh_token",
            "webhook_secret", "setup_token", "token", "webhook_urls", "url",
        ].map { Array($0.utf8) })
    /// Shorter ones would be found by chance.
    private static let shortest = 8
    /// Longer ones take the search most of its time, and a log that repeated bodies would hold short ones, too.
    private static let longest = 16_384
    private static let seen = Mutex<Set<[UInt8]>>([])

    /// Records such values of a request or a response.
    static func record(_ json: JSON?) {
        guard let directory, let json else { return }
        let found = sensitive(in: json, isSensitive: false)
        let fresh = seen.withLock { seen in found.filter { seen.insert($0).inserted } }
        guard !fresh.isEmpty else { return }
        let file = open(directory.appending(path: "values").path, O_WRONLY | O_APPEND | O_CREAT | O_CLOEXEC, 0o600)
        defer { close(file) }
        let bytes = Array(fresh.map { $0 + [UInt8(ascii: "\n")] }.joined())
        guard write(file, bytes, bytes.count) == bytes.count else { preconditionFailure("values cannot be recorded") }
    }

    private static func sensitive(in json: JSON, isSensitive: Bool) -> [[UInt8]] {
        if let text = json.text {
            let bytes = Array(text.utf8)
            return isSensitive && (shortest...longest).contains(bytes.count) && !bytes.contains(UInt8(ascii: "\n"))
                ? [bytes] : []
        }
        if let elements = json.elements { return elements.flatMap { sensitive(in: $0, isSensitive: isSensitive) } }
        return (json.members ?? []).flatMap {
            sensitive(in: $0.value, isSensitive: names.contains(Array($0.name.utf8)))
        }
    }
}
