internal import PharmacyDomain
internal import PharmacyServices

/// The verbs of the server, and what they share.
struct ServerServices {
    let accounts: Accounts
    let patients: Patients
    let pharmacies: Pharmacies
    let orders: Orders
    let reports: OrderReports
    let webhooks: Webhooks
    let requests: RequestLog
    let sandbox: SandboxControls

    let systems: PharmacySystemsFactory
    let sender: WebhookSender
    let reconciliation: ReconciliationPolicy
    let rateLimiter: RateLimiter
    let auditAlarm: AuditAlarm
    let auditAnchors: AuditAnchorLocations
    let readiness: StoreReadiness

    /// Closes connections to other systems.
    func shutdown() async {
        await sender.shutdown()
        await systems.shutdown()
        await auditAnchors.shutdown()
    }
}
