/// Why it is not known whether a name has addresses.
package enum NameLookupFailure: Error, Hashable, Sendable {
    /// The name's servers take too long. That is its owner's fault.
    case timedOut
    /// This server has no thread for it, or no memory or descriptor. That is not its owner's fault.
    case noRoom
}
