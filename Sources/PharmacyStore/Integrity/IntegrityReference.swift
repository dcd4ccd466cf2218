internal import PharmacyDomain

/// The references of a table's rows. The engines enforce single references; only the program ensures that all references of a row
/// belong to the same tenant.
struct IntegrityReference: Sendable {
    let table: StaticString
    /// The table's primary key, a number, by which the table is walked.
    var key: SQL = "id"
    /// By column, a condition that holds where the referenced row is missing or belongs to another tenant. The row is `child`.
    let members: [String: SQL]

    private static let noTenant: SQL = "NOT EXISTS (SELECT 1 FROM tenants p WHERE p.id = child.tenant_id)"
    /// The order is missing or belongs to another tenant. Events of endpoints have none.
    private static let noOrder: SQL = """
        NOT EXISTS (SELECT 1 FROM orders p WHERE p.id = child.order_id AND p.tenant_id = child.tenant_id)
        """

    static let all = [
        IntegrityReference(table: "credentials", members: ["tenant_id": noTenant]),
        IntegrityReference(
            table: "token_families",
            members: ["credential_id": "NOT EXISTS (SELECT 1 FROM credentials p WHERE p.id = child.credential_id)"]),
        IntegrityReference(table: "idempotency_records", members: ["tenant_id": noTenant]),
        IntegrityReference(
            table: "reseals", key: "tenant_id",
            members: ["tenant_id": noTenant]),
        IntegrityReference(table: "patients", members: ["tenant_id": noTenant]),
        IntegrityReference(table: "orders", members: ["tenant_id": noTenant]),
        IntegrityReference(
            table: "simulated_prescriptions", key: "order_id",
            members: ["order_id": noOrder]),
        IntegrityReference(
            table: "order_events",
            members: ["order_id": "child.order_id IS NOT NULL AND" + noOrder, "tenant_id": noTenant]),
        IntegrityReference(table: "webhook_endpoints", members: ["tenant_id": noTenant]),
        IntegrityReference(
            table: "webhook_deliveries",
            members: [
                "order_id": "child.order_id IS NOT NULL AND" + noOrder,
                "event_id": """
                NOT EXISTS (SELECT 1 FROM order_events p
                    WHERE p.id = child.event_id AND p.tenant_id = child.tenant_id
                        AND (p.order_id = child.order_id OR p.order_id IS NULL AND child.order_id IS NULL))
                """,
                "endpoint_id": """
                NOT EXISTS (SELECT 1 FROM webhook_endpoints p
                    WHERE p.id = child.endpoint_id AND p.tenant_id = child.tenant_id)
                """,
            ]),
        IntegrityReference(
            table: "registered_endpoints",
            members: [
                "endpoint_id": """
                NOT EXISTS (SELECT 1 FROM webhook_endpoints p
                    WHERE p.id = child.endpoint_id AND p.tenant_id = child.tenant_id)
                """
            ]),
        IntegrityReference(
            table: "webhook_attempts",
            members: ["delivery_id": "NOT EXISTS (SELECT 1 FROM webhook_deliveries p WHERE p.id = child.delivery_id)"]),
    ]

    /// A walk through the rows of all tenants.
    var walk: IntegrityWalk<SystemScope> {
        IntegrityWalk("references of \(table)") { scope, after, context in
            let source = SQL(stringLiteral: table)
            let rest: SQL = "WHERE" + key + "> $1"
            let some: SQL = "SELECT" + key + "AS row_key FROM" + source + rest + "ORDER BY" + key + "LIMIT $2"
            let page = try scope.db.row(
                "SELECT COUNT(*), MAX(page.row_key) FROM (" + some + ") AS page",
                [.integer(after), SQLValue(context.limit)]
            ) { (records: Int(try $0.integer(0)), last: try $0.optionalInteger(1)) }
            guard let page, let last = page.last else { return IntegrityPage(next: nil, records: 0, findings: []) }
            var missing: [Int64: [String]] = [:]
            for (member, condition) in members {
                let orphans: SQL = "SELECT" + key + "FROM" + source + "AS child" + rest + "AND" + key + "<= $2 AND"
                let rows = try scope.db.rows(orphans + condition, [.integer(after), .integer(last)]) {
                    try $0.integer(0)
                }
                for row in rows { missing[row, default: []].append(member) }
            }
            let findings = missing.sorted { $0.key < $1.key }.map { row, members in
                IntegrityFinding(.orphan, tenant: nil, subject: "\(table):\(row)", members: members.sorted())
            }
            return IntegrityPage(
                next: page.records < context.limit ? nil : last, records: page.records, findings: findings)
        }
    }
}
