extension Migrations {
    /// How many deliveries ended in each hour, and how: the deliveries themselves have no index by their end, which each of them
    /// would have to keep.
    static let deliveryCounts: [SQL] = [
        """
        CREATE TABLE delivery_counts (
            id INTEGER PRIMARY KEY, tenant_id INTEGER NOT NULL REFERENCES tenants (id) ON DELETE CASCADE,
            hour INTEGER NOT NULL, status TEXT NOT NULL, deliveries INTEGER NOT NULL, UNIQUE (tenant_id, hour, status)
        ) STRICT
        """
    ]
}
