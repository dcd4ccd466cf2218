internal import PharmacyDomain

/// The pharmacy system of each tenant.
package struct PharmacySystems: Sendable {
    private let sandbox: any PharmacySystem
    private let live: (any PharmacySystem)?

    /// - Parameter live: `nil` when no pharmacy system is configured. Requests of live tenants then fail.
    package init(sandbox: any PharmacySystem, live: (any PharmacySystem)?) {
        self.sandbox = sandbox
        self.live = live
    }

    func system(of tenant: Tenant) -> any PharmacySystem {
        tenant.isSandbox ? sandbox : live ?? UnconfiguredPharmacySystem()
    }
}
