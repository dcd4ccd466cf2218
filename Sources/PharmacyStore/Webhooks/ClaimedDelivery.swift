package import PharmacyDomain

/// A claimed delivery, with everything that an attempt needs.
package struct ClaimedDelivery: Sendable, Redacted {
    /// The row.
    package let key: Int64
    /// The id as it is stored, for logs.
    package let uuid: String
    package let tenant: TenantID
    package let receiver: DeliverySlots.Receiver
    package let eventID: EventID
    package let type: WebhookEventType
    package let url: WebhookURL
    package let payload: [UInt8]
    /// Those of the registered endpoint at the URL; the tenant's where there is none. As stored: a replacement may be due.
    package let secrets: WebhookSecrets
    package let tenantKind: Tenant.Kind
    package let schedule: RetrySchedule
    /// Attempts since the delivery was made or redelivered, without the coming one.
    package let attempts: Int
    /// Until then no other worker can claim the delivery. Identifies the claim, too.
    let leaseExpiresAt: Timestamp
}
