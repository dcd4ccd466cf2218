internal import PharmacyDomain

/// Which system serves which tenant.
package struct PharmacySystems: Sendable {
    private let sandbox: any PharmacySystem
    private let live: (any PharmacySystem)?

    /// - Parameter live: `nil` when no pharmacy system is configured: live tenants are told that it does not answer.
    package init(sandbox: any PharmacySystem, live: (any PharmacySystem)?) {
        self.sandbox = sandbox
        self.live = live
    }

    func system(of tenant: Tenant) -> any PharmacySystem {
        tenant.isSandbox ? sandbox : live ?? UnconfiguredPharmacySystem()
    }
}
