internal import PharmacyDomain
internal import PharmacyStore

extension TenantScope {
    /// Makes a finished delivery due again, with all its retries, and writes that in the audit log.
    func startAgain(_ id: DeliveryID, at now: Timestamp) throws -> Redelivery {
        guard let delivery = try delivery(id) else { return .absent }
        guard delivery.status != .pending else { return .pending }
        try redeliver(delivery, at: now)
        audit(.deliveryRedelivered, [id.description], at: now)
        return .started
    }

    /// Makes some of the deliveries due again that have failed since a moment, and writes that in the audit log.
    /// - Parameter url: those to this URL alone.
    /// - Returns: how many; `ServiceLimits.recoveryBatch` where there may be more.
    func startSomeAgain(since: Timestamp, url: String?, at now: Timestamp) throws -> Int {
        let ids = try recoverSome(since: since, url: url, limit: ServiceLimits.recoveryBatch, at: now)
        if !ids.isEmpty { audit(.deliveryRedelivered, ids.map(\.description), at: now) }
        return ids.count
    }
}
