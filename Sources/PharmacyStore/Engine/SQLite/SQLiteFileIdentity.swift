internal import CSQLite

/// What distinguishes a database file from every other one, also from a copy of it that is put in its place.
enum SQLiteFileIdentity {
    /// The number of its inode and when that was made, to the nanosecond. The device tells files apart only where the file
    /// system does not record that time: it is not the same after a restart of the machine, or in another container.
    ///
    /// What is written over the file itself (`cp backup.sqlite united-pharmacy.sqlite`) has the same identity. A file that
    /// `backup`, `restore` or `copy` made is recognized all the same, for it says of itself that it has been nowhere; any
    /// other copy by the mark of `IncarnationVerdict`.
    static func text(of path: String) throws -> String {
        var found = up_file_identity()
        guard up_file_identity_of(path, &found) == 0 else {
            throw StoreError.unavailable(
                StoreFault(.cannotOpen, "the database file is not where it was: look whether it was moved or removed"))
        }
        let age =
            found.has_birth != 0
            ? "born \(found.birth_seconds).\(found.birth_nanoseconds)"
            : "device \(found.device_major):\(found.device_minor)"
        return "file \(found.inode) \(age)"
    }
}
