package import PharmacyDomain

/// A delivery that is due, with all that sending it needs.
package struct ClaimedDelivery: Sendable, Redacted {
    /// Its row.
    package let key: Int64
    /// Its id as it is stored, for logs.
    package let uuid: String
    package let tenant: TenantID
    package let receiver: DeliverySlots.Receiver
    package let eventID: EventID
    package let type: OrderEvent.Kind
    package let url: WebhookURL
    package let payload: [UInt8]
    /// As they were kept: a next one may be due.
    package let secrets: WebhookSecrets
    package let tenantKind: Tenant.Kind
    /// Attempts of this round before the coming one.
    package let attempts: Int
    /// Until when nobody else is given it; names the claim, too.
    let leaseExpiresAt: Timestamp
}
