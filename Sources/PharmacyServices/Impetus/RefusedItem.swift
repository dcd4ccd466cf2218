internal import PharmacyDomain

/// An item of a list of the pharmacies' system that is not as agreed. It is left out, and the others of the list are taken:
/// one wrong product must not make a catalog old, nor one wrong report keep an order from its end.
struct RefusedItem: Hashable, Sendable {
    /// The system's id of it where that can be read, or else its place in the list.
    let name: String
    /// The member that is wrong, or `duplicate`: one of the agreed names, never a value.
    let cause: String
    /// Tells one wrong item from another of the same name.
    let fingerprint: Int

    init(_ item: JSON, at place: Int, id: String?, cause: String) {
        name = id ?? "#\(place)"
        self.cause = cause
        fingerprint = item.hashValue
    }
}
