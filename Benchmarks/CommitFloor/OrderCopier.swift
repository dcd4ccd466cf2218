internal import Foundation
internal import PharmacyDomain

/// Inserts copies of an order with all its rows, each with ids and numbers of its own.
final class OrderCopier {
    /// The statement that inserts rows of a table, and the row that is copied.
    private struct Table {
        let insertion: FloorStatement
        let row: [(name: String, value: FloorValue)]

        init(_ name: String, where condition: String, in database: FloorDatabase) throws {
            row = try database.row("SELECT * FROM \(name) WHERE \(condition) LIMIT 1").filter { $0.name != "id" }
            let columns = row.map(\.name).joined(separator: ", ")
            let binds = row.indices.map { "?\($0 + 1)" }.joined(separator: ", ")
            insertion = try database.prepare("INSERT INTO \(name) (\(columns)) VALUES (\(binds))")
        }

        func insert(replacing values: [String: FloorValue]) throws {
            try insertion.run(row.map { values[$0.name] ?? $0.value })
        }
    }

    private let database: FloorDatabase
    private let orders, events, deliveries, outcomes, auditEntries: Table
    private var lastChange, lastEvent, lastAuditEntry: Int64
    private var ids: Int64 = 0

    init(_ database: FloorDatabase) throws {
        self.database = database
        let order = try database.number("SELECT order_id FROM webhook_deliveries LIMIT 1")
        orders = try Table("orders", where: "id = \(order)", in: database)
        events = try Table("order_events", where: "order_id = \(order)", in: database)
        deliveries = try Table("webhook_deliveries", where: "order_id = \(order)", in: database)
        outcomes = try Table("idempotency_records", where: "1", in: database)
        auditEntries = try Table("audit_entries", where: "action = 'order.created' AND seal IS NULL", in: database)
        lastChange = try database.number("SELECT MAX(change_sequence) FROM orders")
        lastEvent = try database.number("SELECT MAX(tenant_sequence) FROM order_events")
        lastAuditEntry = try database.number("SELECT MAX(sequence) FROM audit_entries")
    }

    func insertOrder() throws {
        lastChange += 1
        lastEvent += 1
        lastAuditEntry += 1
        try orders.insert(replacing: ["uuid": nextID(), "change_sequence": .integer(lastChange)])
        let order = database.lastRow
        try events.insert(
            replacing: ["uuid": nextID(), "order_id": .integer(order), "tenant_sequence": .integer(lastEvent)])
        let event = database.lastRow
        try deliveries.insert(
            replacing: ["uuid": nextID(), "order_id": .integer(order), "event_id": .integer(event)])
        try outcomes.insert(replacing: ["key_digest": .blob(SystemRandomness.bytes(32))])
        try auditEntries.insert(
            replacing: ["sequence": .integer(lastAuditEntry), "hash": .blob(SystemRandomness.bytes(32)), "seal": .null])
    }

    /// Ascending, like the server's ids, and as long.
    private func nextID() -> FloorValue {
        ids += 1
        return .text(String(format: "ffffffff-ffff-7fff-8fff-%012lx", ids))
    }
}
