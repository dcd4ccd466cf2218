internal import FoundationEssentials
internal import Glibc
internal import NIOPosix
internal import PharmacyDomain
internal import PharmacyStore

/// A file in the data directory that records the latest state of the database. If the database is older than the file,
/// it was replaced by an earlier state, such as a backup. Only the server writes the file: it could not read a file
/// that a command of another user wrote.
///
/// A snapshot of the whole machine includes the file, so restoring one is not detected.
struct IncarnationFile: Sendable, Hashable {
    let path: String

    enum Content: Hashable, Sendable {
        case missing
        /// The file belongs to another user or is damaged.
        case unreadable
        case mark(IncarnationMark)
    }

    func read() -> Content {
        guard FileManager.default.fileExists(atPath: path) else { return .missing }
        guard let bytes = FileManager.default.contents(atPath: path),
            let mark = IncarnationMark(String(decoding: bytes, as: UTF8.self).trimmed)
        else { return .unreadable }
        return .mark(mark)
    }

    /// The recorded state; `nil` if there is none or it cannot be read. Then the database is trusted: a damaged file
    /// must not delay orders.
    func seen() -> IncarnationMark? {
        switch read() {
        case .missing: return nil
        case .mark(let mark): return mark
        case .unreadable:
            Terminal.hint(
                "The file \(path) cannot be read. It is unknown whether the database was replaced by an earlier state.")
            return nil
        }
    }

    /// Replaces the file as a whole.
    @Sendable func record(_ mark: IncarnationMark) async throws {
        try await NIOThreadPool.singleton.runIfActive { try write(mark) }
    }

    /// Not a `StoreError`: the store is not affected.
    private func failure(_ words: String, _ code: CInt) -> CommandError {
        CommandError(description: "\(words): \(String(cString: strerror(code))).")
    }

    private func write(_ mark: IncarnationMark) throws {
        let next = path + ".next"
        unlink(next)
        let file = open(next, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0o600)
        guard file >= 0 else { throw failure("\(next) cannot be created", errno) }
        let text = Array("\(mark)\n".utf8)
        let isWritten = Glibc.write(file, text, text.count) == text.count && fsync(file) == 0
        guard close(file) == 0, isWritten, rename(next, path) == 0 else {
            let code = errno
            unlink(next)
            throw failure("\(path) cannot be written", code)
        }
    }
}
