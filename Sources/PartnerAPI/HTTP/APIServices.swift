package import PharmacyDomain
package import PharmacyServices

/// The verbs that handlers call, and the clock.
package final class APIServices: Sendable {
    /// Tenants, credentials and tokens.
    package let accounts: Accounts
    /// Sign-ins at the dashboard.
    package let sessions: Sessions
    package let streams: SessionStreams
    package let patients: Patients
    package let pharmacies: Pharmacies
    package let orders: Orders
    /// Order reports that pharmacies send.
    package let reports: OrderReports
    package let webhooks: Webhooks
    package let requests: RequestLog
    /// The tenant's entries of the audit log.
    package let audit: TenantAuditLog
    package let sandbox: SandboxControls
    /// Lists of dashboards that are being exported.
    package let exports = TenantSlots(total: ServiceLimits.exports, divisor: ServiceLimits.exportShare)
    package let now: @Sendable () -> Timestamp

    package init(
        accounts: Accounts,
        sessions: Sessions,
        streams: SessionStreams,
        patients: Patients,
        pharmacies: Pharmacies,
        orders: Orders,
        reports: OrderReports,
        webhooks: Webhooks,
        requests: RequestLog,
        audit: TenantAuditLog,
        sandbox: SandboxControls,
        now: @escaping @Sendable () -> Timestamp
    ) {
        self.accounts = accounts
        self.sessions = sessions
        self.streams = streams
        self.patients = patients
        self.pharmacies = pharmacies
        self.orders = orders
        self.reports = reports
        self.webhooks = webhooks
        self.requests = requests
        self.audit = audit
        self.sandbox = sandbox
        self.now = now
    }
}
