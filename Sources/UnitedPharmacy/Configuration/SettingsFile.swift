internal import PharmacyDomain

/// A file of settings: lines of `NAME=value`, empty lines, and comments that begin with `#`.
struct SettingsFile: Sendable {
    /// By name. If a name is repeated, the last value.
    private(set) var values: [String: String] = [:]
    /// The line of each name, counted from 1.
    private(set) var lines: [String: Int] = [:]
    /// Problems of the file, a sentence each, without values, which may be secrets.
    private(set) var warnings: [String] = []

    /// - Parameters:
    ///   - text: lines with any line ends, optionally after a byte order mark.
    ///   - path: the path of the file, for warnings.
    init(_ text: String, path: String) {
        let text = text.hasPrefix("\u{FEFF}") ? text.dropFirst() : text[...]
        let all = text.split(omittingEmptySubsequences: false, whereSeparator: \.isNewline)
        for (index, line) in all.enumerated() { read(String(line).trimmed, number: index + 1, path: path) }
    }

    private mutating func read(_ line: String, number: Int, path: String) {
        guard !line.isEmpty, !line.hasPrefix("#") else { return }
        let parts = line.split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false)
        let name = String(parts[0]).trimmed
        guard parts.count == 2, SettingsFile.isName(name) else {
            warnings.append("Line \(number) of \(path) is ignored: write settings as NAME=value.")
            return
        }
        guard SettingsTable.names.contains(name) else {
            let hint = SettingsTable.nearest(to: name).map { " Did you mean \($0)?" } ?? ""
            warnings.append("\(name) on line \(number) of \(path) is not a setting.\(hint)")
            return
        }
        if let earlier = lines[name] {
            warnings.append("\(name) is set on lines \(earlier) and \(number) of \(path): the last one is used.")
        }
        values[name] = String(parts[1]).trimmed
        lines[name] = number
    }

    /// Whether a text has the form of a name. Other texts are not repeated in warnings: they may be part of a secret.
    private static func isName(_ text: String) -> Bool {
        (1...64).contains(text.utf8.count)
            && text.utf8.allSatisfy { byte in
                ASCIIDigits.isDigit(byte) || (UInt8(ascii: "a")...UInt8(ascii: "z")).contains(byte | 0x20)
                    || byte == UInt8(ascii: "_")
            }
    }
}
