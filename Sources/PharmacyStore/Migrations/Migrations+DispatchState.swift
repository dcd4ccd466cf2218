extension Migrations {
    /// Each order says in which state its dispatch is (`DispatchState`). Until now this was inferred from the number of claims,
    /// a flag, and the sealed document.
    ///
    /// Orders that are in the queue get their state from what the columns say. One that was claimed at least once counts as
    /// one that may have reached the pharmacy: whether its latest attempt has ended stands in the sealed document alone. So do
    /// orders that quarantine has taken out of the queue. All others, nearly all rows, keep the column's default:
    /// their documents hold how they ended. Orders that a node of an older program places later get `ready`.
    ///
    /// Such a node must not claim orders any more, because it records no states. The flag therefore has another name: its claims
    /// fail, and so do its cancellations and the results of attempts in flight, until the node is replaced. The orders are due
    /// again when those claims expire. It goes on placing orders. It cannot be started again (`oldestProgram`). The renamed flag
    /// is not used any more; to drop it would rewrite the table in SQLite.
    ///
    /// The names of states are written out: a released step does not change with the program.
    static let dispatchState: [SQL] = [
        "ALTER TABLE orders ADD COLUMN dispatch_state TEXT NOT NULL DEFAULT 'unrecorded'",
        .forPostgreSQL("ALTER TABLE orders ALTER COLUMN dispatch_state SET DEFAULT 'ready'"),
        "ALTER TABLE orders RENAME COLUMN dispatch_uncertain TO dispatch_uncertain_unused",
        """
        UPDATE orders SET dispatch_state = CASE WHEN dispatch_attempts = 0 THEN 'ready' ELSE 'uncertain' END
        WHERE dispatch_lane >= 0 AND dispatch_at IS NOT NULL
        """,
        """
        UPDATE orders SET dispatch_state = 'uncertain' WHERE id IN (
            SELECT o.id FROM quarantined_items q JOIN orders o ON o.tenant_id = q.tenant_id AND o.uuid = q.item
            WHERE q.work = 'dispatch' AND q.next_try_at IS NULL AND o.dispatch_at IS NULL AND o.status <> 'cancelled')
        """,
    ]
}
