internal import Glibc

/// A lock on an empty file, which is not removed. The lock is held until it is released or the process ends.
struct FileLock: ~Copyable {
    private let file: Int32

    /// Why the lock was not acquired.
    enum Refusal: Error {
        case heldElsewhere
        /// The file cannot be opened or created.
        case cannotOpen
    }

    /// Acquires the lock or fails at once.
    init(path: String) throws(Refusal) {
        file = open(path, O_RDWR | O_CREAT | O_CLOEXEC, 0o600)
        guard file >= 0 else { throw .cannotOpen }
        guard flock(file, LOCK_EX | LOCK_NB) == 0 else {
            close(file)
            throw .heldElsewhere
        }
    }

    /// Holds the lock until the process ends.
    consuming func holdUntilExit() { discard self }

    deinit { close(file) }
}
