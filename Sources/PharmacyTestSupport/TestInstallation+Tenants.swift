package import PharmacyDomain
internal import PharmacyServices
internal import PharmacyStore

extension TestInstallation {
    /// Adds a tenant to the installation.
    package func addTenant(_ name: String, kind: Tenant.Kind = .sandbox) async throws -> Tenant {
        let tenant = Tenant(
            id: environment.entropy.identifier(), name: name, kind: kind, status: .active, createdAt: time.now(),
            resetsAt: nil)
        let dataKey = environment.entropy.bytes(SealingKey.length)
        try await environment.store.systemWrite {
            try $0.createTenant(tenant, dataKey: dataKey, webhookSecret: "whsec_AAAA")
        }
        return tenant
    }

    /// Places an order of a tenant.
    package func place(
        as tenant: Tenant, pharmacy: PharmacyID = SimulatedPharmacies.all[0].id, webhookURLs: [String] = []
    ) async throws -> OrderID {
        let made = try await patients.create(body: TestInstallation.patient(), tenant: tenant, idempotency: nil)
        let page = try await pharmacies.medications(
            of: pharmacy, page: PageRequest(page: 1, perPage: 25), filter: CatalogFilter(), tenant: tenant)
        let placed = try await orders.submit(
            body: [
                "patient_id": .string(made.value.patient.id.description), "pharmacy_id": .string(pharmacy.description),
                "medication_id": JSON(page.page.items.first?.medicationID), "dispense_quantity": 1,
                "webhook_urls": .array(webhookURLs.map(JSON.string)),
            ], dryRun: false, tenant: tenant, idempotency: nil)
        return placed.value.id
    }
}

extension TestInstallation {
    /// An access token for a new credential of the sandbox with all scopes.
    package func accessToken() async throws -> String {
        let credential = try await accounts.createCredential(
            body: ["name": "Test"], authority: .setupToken(TestInstallation.setupToken), tenant: tenant,
            idempotency: nil
        ).value
        return try await accounts.issueToken(
            clientID: credential["client_id"]?.text ?? "", clientSecret: credential["client_secret"]?.text ?? "",
            tenant: tenant
        ).accessToken
    }
}
