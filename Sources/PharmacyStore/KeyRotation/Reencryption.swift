package import PharmacyDomain

/// The progress of re-encrypting a tenant's records after its data key was rotated.
package struct Reencryption: Hashable, Sendable {
    package let startedAt: Timestamp
    /// How many records have been re-encrypted.
    package let records: Int
    /// When the last record was processed; `nil` before. From then on the previous key is retained only for idempotency records,
    /// and for outstanding records.
    package let finishedAt: Timestamp?
    /// Unreadable records, which are tried again or wait for an operator. Only the previous key may open them.
    package let outstanding: Int
    /// When the first outstanding record is tried again; `nil` where all of them wait for an operator.
    package let nextTryAt: Timestamp?

    /// The kinds of records, in the order in which they are re-encrypted, each by ascending row. The raw values are stored.
    enum Step: Int, CaseIterable {
        case patients
        case orders
        case events
        case endpoints
        case attempts
        case webhookSecrets
        case registeredEndpoints
    }
}

extension Reencryption.Step {
    private var table: String {
        switch self {
        case .patients: "patients"
        case .orders: "orders"
        case .events: "order_events"
        case .endpoints: "webhook_endpoints"
        case .attempts: "webhook_deliveries"
        case .webhookSecrets: "tenants"
        case .registeredEndpoints: "registered_endpoints"
        }
    }

    /// The name of a record in quarantine: its table and row number.
    func item(_ row: Int64) -> String { "\(table)/\(row)" }

    /// Reads what `item(_:)` wrote; `nil` for anything else.
    static func record(of item: String) -> (step: Reencryption.Step, row: Int64)? {
        let parts = item.split(separator: "/")
        guard parts.count == 2, let row = Int64(parts[1]), let step = allCases.first(where: { $0.table == parts[0] })
        else { return nil }
        return (step, row)
    }
}
