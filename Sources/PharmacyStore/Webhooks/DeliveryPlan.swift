package import PharmacyDomain

/// What is due and may start: to be claimed tenant by tenant.
package struct DeliveryPlan: Sendable {
    /// URLs of one tenant that have deliveries due, and how many may start to each.
    package internal(set) var claims: [TenantID: [PlannedClaim]] = [:]
    /// When the next is due to a receiver that has room; `nil` when there is none. Asked where nothing is due.
    package internal(set) var next: Timestamp?
}
