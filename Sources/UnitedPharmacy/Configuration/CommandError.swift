/// The reason why a command or the server cannot continue, in a sentence for the operator.
struct CommandError: Error, CustomStringConvertible {
    let description: String
}
