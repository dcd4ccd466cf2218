internal import PharmacyDomain

/// An item of a list of the pharmacies' system that is not in the agreed form. It is left out, and the other items are used: one
/// wrong product must not make a catalog stale, nor one wrong report stop an order.
struct RefusedItem: Hashable, Sendable {
    /// The system's id of the item where that can be read, or else its position in the list.
    let name: String
    /// The member that is wrong, or `duplicate`: one of the agreed names, never a value.
    let cause: String
    /// Distinguishes wrong items of the same name.
    let fingerprint: Int

    init(_ item: JSON, at position: Int, id: String?, cause: String) {
        name = id ?? "#\(position)"
        self.cause = cause
        fingerprint = item.hashValue
    }
}
