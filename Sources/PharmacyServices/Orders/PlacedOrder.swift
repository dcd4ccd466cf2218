package import PharmacyDomain

/// A new order, and earlier ones that it may be a duplicate of.
package struct PlacedOrder: Hashable, Sendable {
    package let order: Order
    /// Newest first.
    package let possibleDuplicates: [OrderID]

    /// The order's.
    package var id: OrderID { order.id }
}
