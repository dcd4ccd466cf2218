extension Migrations {
    /// A keyed digest of what duplicates of an order have in common (`Order.likeness`); `NULL` for orders of earlier versions. It
    /// has no index: it is compared only among the latest orders of one patient.
    static let orderLikeness: [SQL] = ["ALTER TABLE orders ADD COLUMN likeness BLOB"]
}
