internal import CSQLite

/// Distinguishes a database file from every other one, also from a copy that replaces it.
enum SQLiteFileIdentity {
    /// The number of its inode and the time of the inode's creation, to the nanosecond. Only where the file system does not
    /// record that time, the device is used instead: its number changes with a restart of the machine or in another container.
    ///
    /// A file that is overwritten in place (`cp backup.sqlite united-pharmacy.sqlite`) keeps its identity. A file that `backup`,
    /// `restore` or `copy` has made is recognized nevertheless, because it has no origin; any other copy is recognized by the
    /// mark of `IncarnationVerdict`.
    static func text(of path: String) throws -> String {
        var found = up_file_identity()
        guard up_file_identity_of(path, &found) == 0 else {
            throw StoreError.unavailable(
                StoreFault(.cannotOpen, "the database file is not where it was: check whether it was moved or removed"))
        }
        let age =
            found.has_birth != 0
            ? "born \(found.birth_seconds).\(found.birth_nanoseconds)"
            : "device \(found.device_major):\(found.device_minor)"
        return "file \(found.inode) \(age)"
    }
}
