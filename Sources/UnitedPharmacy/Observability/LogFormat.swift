/// The format of log entries, and of lines for the operator on standard error.
enum LogFormat: String, CaseIterable {
    case text
    case json
}
