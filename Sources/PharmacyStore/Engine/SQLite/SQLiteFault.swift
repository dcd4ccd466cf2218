internal import CSQLite
internal import Glibc

/// The faults that SQLite's result codes stand for (SQLite documentation, Result and Error Codes).
enum SQLiteFault {
    /// The error that an extended result code stands for.
    /// - Parameters:
    ///   - message: `sqlite3_errmsg`. It names tables and columns but contains no values, because statements have these as binds.
    ///   - systemError: `sqlite3_system_errno`, the operating system's error; 0 for none.
    static func error(_ code: Int32, message: String, systemError: Int32) -> StoreError {
        switch code {
        case UP_SQLITE_CONSTRAINT_UNIQUE, UP_SQLITE_CONSTRAINT_PRIMARYKEY, UP_SQLITE_CONSTRAINT_ROWID:
            return .uniqueViolation
        default: break
        }
        let words = Words(code, systemError)
        switch code & 0xFF {
        case SQLITE_FULL: return .unavailable(full(words))
        case SQLITE_IOERR: return .unavailable(systemFault(words) ?? failingDisk(words))
        case SQLITE_CANTOPEN: return .unavailable(systemFault(words) ?? unopened(words))
        case SQLITE_READONLY, SQLITE_PERM: return .unavailable(readOnly(words))
        // Some records may still be readable.
        case SQLITE_CORRUPT, SQLITE_NOTADB: return .broken(damaged(words))
        case SQLITE_BUSY, SQLITE_LOCKED, SQLITE_PROTOCOL:
            return .unavailable(StoreFault(.busy, "another program holds the database file \(words)"))
        case SQLITE_NOMEM: return .unavailable(StoreFault(.outOfMemory, "the process is out of memory \(words)"))
        default: return .broken("\(words.reason): \(message)")
        }
    }

    /// The code and the reason in brackets, with the operating system's reason where there is one.
    private struct Words: CustomStringConvertible {
        let code: Int32
        let systemError: Int32
        let reason: String

        init(_ code: Int32, _ systemError: Int32) {
            self.code = code
            reason = String(cString: sqlite3_errstr(code))
            // Only these two kinds of errors have a system error; that of any other is left from an earlier call.
            let hasSystemError = [SQLITE_IOERR, SQLITE_CANTOPEN].contains(code & 0xFF)
            self.systemError = hasSystemError ? systemError : 0
        }

        var description: String {
            let system = systemError == 0 ? "" : ", errno \(systemError), \(SystemReason.text(systemError))"
            return "(SQLite \(code), \(reason)\(system))"
        }
    }

    /// The fault that the operating system's error alone stands for.
    private static func systemFault(_ words: Words) -> StoreFault? {
        switch words.systemError {
        case ENOSPC, EDQUOT, EFBIG: full(words)
        case EROFS, EACCES, EPERM: readOnly(words)
        case EMFILE, ENFILE:
            StoreFault(
                .fileLimit, "no file descriptor is left for the database file \(words): raise the limit (ulimit -n)")
        default: nil
        }
    }

    private static func full(_ words: Words) -> StoreFault {
        StoreFault(
            .diskFull,
            "the disk is full \(words): free space, or raise the quota, where the data directory (UP_DATA_DIR) is")
    }

    private static func readOnly(_ words: Words) -> StoreFault {
        StoreFault(
            .readOnly,
            "the database file cannot be written \(words): check the owner and the mode of the data directory "
                + "(UP_DATA_DIR) and of its files, and whether its file system is mounted read-only or the file was replaced"
        )
    }

    private static func damaged(_ words: Words) -> StoreFault {
        StoreFault(
            .damaged,
            "the database file is damaged \(words): run `united-pharmacy integrity check`, and restore a backup")
    }

    private static func failingDisk(_ words: Words) -> StoreFault {
        StoreFault(
            .inputOutput,
            "reading or writing the database file failed \(words): check the system's log (dmesg) for the disk under the "
                + "data directory (UP_DATA_DIR)")
    }

    private static func unopened(_ words: Words) -> StoreFault {
        StoreFault(
            .cannotOpen,
            "the database file cannot be opened \(words): check that the data directory (UP_DATA_DIR) exists, and "
                + "its owner and mode")
    }
}
