package import PharmacyDomain

/// The facts that parsing a body depends on, besides the body itself.
package struct WireContext: Sendable {
    /// The current day in UTC. Dates in the past are before it.
    package let today: CalendarDate
    /// The rule for the webhook URLs of the tenant.
    package let egress: EgressPolicy

    package init(today: CalendarDate, egress: EgressPolicy) {
        self.today = today
        self.egress = egress
    }
}
