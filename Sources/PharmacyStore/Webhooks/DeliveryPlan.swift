package import PharmacyDomain

/// Deliveries that are due and may start, to be claimed tenant by tenant.
package struct DeliveryPlan: Sendable {
    /// URLs of one tenant that have deliveries due, and how many may start to each.
    package internal(set) var claims: [TenantID: [PlannedClaim]] = [:]
    /// When the next delivery to a receiver with room is due; `nil` when there is none. Set only where nothing is due now.
    package internal(set) var next: Timestamp?
}
