/// Why keys were not put back; its text is one sentence.
package enum WrappedKeyArchiveError: Error, Hashable, CustomStringConvertible {
    case unreadable
    case notWanted
    case otherInstallation
    case olderBackup
    case halfReadable(tenant: String)

    package var description: String {
        switch self {
        case .unreadable: "The file of keys cannot be read, or is damaged."
        case .notWanted: "The backup has its keys: restore it without --keys."
        case .otherInstallation: "The keys are another installation's."
        case .olderBackup: "The backup was made by an older version: restore it with that version."
        case .halfReadable(let tenant):
            "A key of the tenant \(tenant) is missing, under which a part of its records is: take the keys that were "
                + "exported nearer to the backup."
        }
    }
}
