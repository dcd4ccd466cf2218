package import PharmacyDomain

/// An order with its row, for the extent of a transaction.
package struct OrderRecord: Sendable {
    let row: Int64
    package let order: Order
    /// Never `unrecorded`. A claim may move it while the transaction is open, but from an unfinished state to another one.
    package let dispatch: DispatchState

    /// The same row with another value of the order, which is not stored yet.
    package func with(_ order: Order) -> OrderRecord { OrderRecord(row: row, order: order, dispatch: dispatch) }
}
