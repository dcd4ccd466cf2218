internal import FoundationEssentials
internal import Glibc
internal import NIOPosix
internal import PharmacyDomain
internal import PharmacyStore

/// A file in the data directory, for its owner alone, that remembers how far the database had come. Where the database turns
/// out to be behind it, an earlier state was put in its place. The server alone writes it; what a command of another user
/// wrote, the server could not read.
///
/// It goes with the directory: a snapshot of the whole machine takes it along, and is not noticed.
struct IncarnationFile: Sendable, Hashable {
    let path: String

    enum Content: Hashable, Sendable {
        case missing
        /// It belongs to another user, or is damaged.
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

    /// What is known of the database. Without it the database is believed: nobody's orders wait for this file.
    func seen() -> IncarnationMark? {
        switch read() {
        case .missing: return nil
        case .mark(let mark): return mark
        case .unreadable:
            Terminal.hint(
                "The file \(path) cannot be read: whether an earlier state of the database was put in its place is not "
                    + "known.")
            return nil
        }
    }

    /// Replaces the file as a whole.
    @Sendable func keep(_ mark: IncarnationMark) async throws {
        try await NIOThreadPool.singleton.runIfActive { try write(mark) }
    }

    /// It is no failure of the store's, which goes on.
    private func failure(_ words: String, _ code: CInt) -> CommandError {
        CommandError(description: "\(words): \(String(cString: strerror(code))).")
    }

    private func write(_ mark: IncarnationMark) throws {
        let next = path + ".next"
        unlink(next)
        let file = open(next, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0o600)
        guard file >= 0 else { throw failure("\(next) cannot be made", errno) }
        let text = Array("\(mark)\n".utf8)
        let isWritten = Glibc.write(file, text, text.count) == text.count && fsync(file) == 0
        guard close(file) == 0, isWritten, rename(next, path) == 0 else {
            let code = errno
            unlink(next)
            throw failure("\(path) cannot be written", code)
        }
    }
}
