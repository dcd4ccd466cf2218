/// Why it is not known whether a name has addresses.
package enum NameLookupFailure: Error, Hashable, Sendable {
    /// The name's servers take too long: a fault on the side of the name's owner.
    case timedOut
    /// This server has no thread, memory or descriptor for the look-up.
    case noRoom
}
