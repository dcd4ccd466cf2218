package import PharmacyDomain

/// How many deliveries ended in each hour.
extension TenantScope {
    /// Adds to the counts of hours.
    func addDeliveryCounts(_ counts: [DeliveryCount]) throws {
        try add(
            counts.map { (hour: $0.hour, kind: $0.status.rawValue, number: $0.count) }, to: .deliveries)
    }

    /// The counts of hours that begin at or after a time, oldest first.
    package func deliveryCounts(since moment: Timestamp) throws -> [DeliveryCount] {
        try read(.deliveries, since: moment).compactMap { hour, kind, number in
            Delivery.Status(rawValue: kind).map { DeliveryCount(hour: hour, status: $0, count: number) }
        }
    }
}
