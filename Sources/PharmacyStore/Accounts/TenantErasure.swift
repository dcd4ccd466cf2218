package import PharmacyDomain

/// A tenant whose records are being removed.
package struct TenantErasure: Hashable, Sendable {
    package let tenant: TenantID
    package let name: String
    package let kind: Tenant.Kind
    package let createdAt: Timestamp
    package let startedAt: Timestamp
}
