package import PharmacyDomain

/// A tenant that was removed from a restored database, because its key is missing.
package struct ErasedTenant: Hashable, Sendable {
    package let id: TenantID
    package let name: String
}
