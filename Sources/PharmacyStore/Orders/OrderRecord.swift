package import PharmacyDomain

/// An order with its row, for the extent of a transaction.
package struct OrderRecord: Sendable {
    let row: Int64
    package let order: Order

    /// The same row with another state, not kept yet.
    package func with(_ order: Order) -> OrderRecord { OrderRecord(row: row, order: order) }
}
