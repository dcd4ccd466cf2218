package import PharmacyDomain

/// A tenant that a restored database has no more, for want of its key.
package struct ErasedTenant: Hashable, Sendable {
    package let id: TenantID
    package let name: String
}
