/// Why an installation was not copied. The destination is unchanged.
package enum CopyError: Error, Hashable, Sendable {
    /// There is no file to copy.
    case nothing(String)
    /// The source is not an installation of this program.
    case strange
    /// The source has an older schema version.
    case older(version: Int, known: Int)
    /// The destination file exists.
    case taken(String)
    /// The destination database has tables of an installation.
    case occupied
    /// The data read back from the destination differs from the data written to it.
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
            "The table \(table) was not copied correctly, and the copy was discarded: check the destination's storage."
        }
    }
}
