internal import FoundationEssentials
internal import PharmacyStore

extension DatabaseLocation {
    /// The data directory in which a server would find the file; `nil` for any other database.
    var directory: String? {
        guard let file else { return nil }
        let parts = file.split(separator: "/", omittingEmptySubsequences: false)
        guard parts.last == DataDirectory.databaseName[...] else { return nil }
        return parts.count == 1 ? "." : parts.dropLast().joined(separator: "/")
    }

    /// Reads `postgres://…`, `sqlite:PATH` or a path. A path is a data directory, unless it is an existing file or ends
    /// in `.sqlite`.
    /// - Parameters:
    ///   - option: the option's name for the error, such as `--from`.
    ///   - allowingPlaintext: whether a database on another machine may be reached without encryption.
    /// - Throws: `ConfigurationError`, which does not hold the text: there may be a password in it.
    init(_ text: String, option: String, allowingPlaintext: Bool) throws {
        if ["postgres://", "postgresql://"].contains(where: text.hasPrefix) {
            #if PostgreSQL
            try DatabaseLocation.encryption(of: text, option: option, allowingPlaintext: allowingPlaintext)
            self = .server(url: text)
            return
            #else
            throw ConfigurationError(
                description: "\(option) cannot name a PostgreSQL database: this program was built where there was no "
                    + "libpq.")
            #endif
        }
        let scheme = "sqlite:"
        var path = text.hasPrefix(scheme) ? String(text.dropFirst(scheme.count)) : text
        guard !path.isEmpty, !path.contains("://") else {
            throw ConfigurationError(
                description: "\(option) must be a URL like postgres://user@host/database, or the path of a data "
                    + "directory or of a SQLite file.")
        }
        while path.count > 1, path.hasSuffix("/") { path.removeLast() }
        if DatabaseLocation.isDirectory(path) ?? !path.hasSuffix(".sqlite") { path += "/" + DataDirectory.databaseName }
        self = .file(path)
    }

    /// `nil` where nothing has this path.
    private static func isDirectory(_ path: String) -> Bool? {
        var isDirectory = false
        return FileManager.default.fileExists(atPath: path, isDirectory: &isDirectory) ? isDirectory : nil
    }
}
