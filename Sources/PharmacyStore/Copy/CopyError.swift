/// Why an installation was not copied; nothing was left at the destination.
package enum CopyError: Error, Hashable, Sendable {
    /// There is no file to copy.
    case nothing(String)
    /// What was to be copied is no installation of this program.
    case strange
    /// What was to be copied is of an older version.
    case older(version: Int, known: Int)
    /// There is a file at the destination.
    case taken(String)
    /// The destination has the tables of an installation.
    case occupied
    /// What was read back from the destination is not what was written to it.
    case different(table: String)
}

extension CopyError: CustomStringConvertible {
    package var description: String {
        switch self {
        case .nothing(let path): "There is no database \(path)."
        case .strange: "What is to be copied is not an installation of this program."
        case .older(let version, let known):
            "What is to be copied has version \(version) and this program's is \(known): start this program's server on "
                + "it once."
        case .taken(let path): "There is a database \(path) already: move it away first."
        case .occupied: "The database to copy to is not empty."
        case .different(let table):
            "The table \(table) was not copied as it is, and nothing was kept: look into the destination's storage."
        }
    }
}
