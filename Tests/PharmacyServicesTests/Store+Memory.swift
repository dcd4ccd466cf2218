import PharmacyDomain

@testable import PharmacyStore

extension Store {
    /// The numbers of the keys that are open in memory.
    var keysInMemory: Set<Int64> { memory.keyring.openedIDs }

    /// The tenants whose patients' addresses are in memory.
    var indexedTenants: Set<TenantID> { memory.patientIndexes.tenants }
}
