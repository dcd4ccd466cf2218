/// How much of the time a check works.
package enum IntegrityPace: Hashable, Sendable {
    case full
    /// One part of this many; the check sleeps for the others.
    case part(of: Int)
}
