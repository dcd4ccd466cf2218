internal import Glibc

/// A lock on a file, which is empty and stays. Held until it is released or the process ends, however it ends.
struct FileLock: ~Copyable {
    private let file: Int32

    /// Why there is no lock.
    enum Refusal: Error {
        case heldElsewhere
        /// The file cannot be made.
        case noFile
    }

    /// Never waits.
    init(path: String) throws(Refusal) {
        file = open(path, O_RDWR | O_CREAT | O_CLOEXEC, 0o600)
        guard file >= 0 else { throw .noFile }
        guard flock(file, LOCK_EX | LOCK_NB) == 0 else {
            close(file)
            throw .heldElsewhere
        }
    }

    /// Keeps the lock until the process ends.
    consuming func keep() { discard self }

    deinit { close(file) }
}
