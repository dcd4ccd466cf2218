/// How much of its time a check works.
package enum IntegrityPace: Hashable, Sendable {
    case full
    /// One part in so many; it sleeps through the others.
    case part(of: Int)
}
