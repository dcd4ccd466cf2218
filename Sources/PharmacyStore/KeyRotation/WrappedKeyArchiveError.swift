/// Why keys could not be restored. The description is one sentence or two.
package enum WrappedKeyArchiveError: Error, Hashable, CustomStringConvertible {
    case unreadable
    case hasKeys
    case otherInstallation
    case olderBackup
    case halfReadable(tenant: String)

    package var description: String {
        switch self {
        case .unreadable: "The file of keys cannot be read or is damaged. Use another copy of it."
        case .hasKeys: "The backup contains its keys. Restore it without --keys."
        case .otherInstallation:
            "The keys belong to another installation. Use the keys that were exported from this backup's installation."
        case .olderBackup: "An older version made the backup. Restore it with that version."
        case .halfReadable(let tenant):
            "A key of the tenant \(tenant) is missing, and a part of its records cannot be read without it. Use keys that "
                + "were exported closer to the time of the backup."
        }
    }
}
