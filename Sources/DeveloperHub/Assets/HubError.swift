/// A fault of the hub's own files, which stops the start.
enum HubError: Error, CustomStringConvertible {
    /// A file or folder is missing or unreadable.
    case missing(String)
    case template(String, String)
    case page(String, String)

    var description: String {
        switch self {
        case .missing(let path): "The developer hub's files are incomplete: \(path) cannot be read. Install it again."
        case .template(let name, let problem): "The developer hub's template \(name) is wrong: \(problem)."
        case .page(let name, let problem): "The developer hub's page \(name) is wrong: \(problem)."
        }
    }
}
