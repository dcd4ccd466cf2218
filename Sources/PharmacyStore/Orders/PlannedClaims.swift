/// The claims that were made of a plan.
package struct PlannedClaims<Claim: Sendable>: Sendable {
    package internal(set) var claims: [Claim] = []
    /// Whether more orders may be due in a lane that has no room until one of its orders ends.
    package internal(set) var isShort: Bool
    /// Whether more orders may be due for which there is room.
    package internal(set) var mayHaveMore: Bool
}
