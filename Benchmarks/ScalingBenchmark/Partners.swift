internal import PharmacyDomain
internal import PharmacyServices
internal import PharmacyStore
internal import PharmacyTestSupport

/// The tenants of the benchmark: one has half of all records, two are large, the others share the rest.
struct Partners: Sendable {
    struct Partner: Sendable {
        let tenant: Tenant
        /// Its row.
        let row: Int64
        /// Seals records that are written without the verbs.
        let key: SealingKey
        /// The share of all records, in percent.
        let share: Int
        let urls: [String]
        /// The rows of its URLs, in their order.
        let endpoints: [Int64]
        /// The actor of its entries in the audit log.
        let client: ClientID
    }

    let all: [Partner]
    /// The ordered medications, and their documents in orders.
    let medications: [CatalogItem]
    /// Valid for the installation's sandbox.
    let accessToken: String

    static let shares = [50, 15, 15, 4, 4, 3, 3, 2, 2, 2]
    static let urlsEach = 4

    var hot: Partner { all[0] }
    var small: Partner { all[all.count - 1] }

    /// Creates them in an empty database through the verbs, each with an order for each of its URLs.
    /// - Throws: `BenchmarkFailure.databaseIsNotEmpty`.
    init(in installation: TestInstallation) async throws {
        let tenants = try await installation.look { try $0.tenants() }
        guard tenants.count == 1 else { throw BenchmarkFailure.databaseIsNotEmpty }
        medications = try await installation.pharmacies.medications(
            of: SimulatedPharmacies.all[0].id, page: PageRequest(page: 1, perPage: 100), filter: CatalogFilter(),
            tenant: installation.tenant
        ).page.items
        var all: [Partner] = []
        for (number, share) in Partners.shares.enumerated() {
            let (tenant, dataKey) = try await Partners.make(number, in: installation)
            let urls = (1...Partners.urlsEach).map { "https://partner-\(number).example.com/hooks/orders/\($0)" }
            for (index, url) in urls.enumerated() {
                try await Partners.place(
                    SamplePayload(number: -1 - index, url: url), for: tenant, medications: medications, in: installation
                )
            }
            try await installation.leaveNothingDue()
            let found = try await installation.look { scope in
                let ids = try scope.db.row("SELECT id, data_key FROM tenants WHERE uuid = $1", [tenant.id.value]) {
                    (row: try $0.integer(0), key: try $0.integer(1))
                }
                guard let ids else { throw BenchmarkFailure.setUp("a tenant is missing") }
                let endpoints = try scope.db.rows(
                    "SELECT id FROM webhook_endpoints WHERE tenant_id = $1 ORDER BY id", [.integer(ids.row)]
                ) { try $0.integer(0) }
                return (row: ids.row, key: ids.key, endpoints: endpoints)
            }
            guard let key = SealingKey(number: found.key, bytes: dataKey), found.endpoints.count == urls.count else {
                throw BenchmarkFailure.setUp("a tenant's key or URLs are not as expected")
            }
            all.append(
                Partner(
                    tenant: tenant, row: found.row, key: key, share: share, urls: urls, endpoints: found.endpoints,
                    client: installation.environment.entropy.identifier()))
        }
        self.all = all
        accessToken = try await installation.accessToken()
    }

    private static func make(_ number: Int, in installation: TestInstallation) async throws -> (Tenant, [UInt8]) {
        let environment = installation.environment
        let tenant = Tenant(
            id: environment.entropy.identifier(), name: "partner-\(number)", kind: .sandbox, status: .active,
            createdAt: environment.now, resetsAt: nil)
        let dataKey = environment.entropy.bytes(SealingKey.length)
        let secret = environment.entropy.secret(.webhookSecret)
        try await installation.change { try $0.createTenant(tenant, dataKey: dataKey, webhookSecret: secret) }
        return (tenant, dataKey)
    }

    /// Creates a patient and places an order for them, through the verbs.
    @discardableResult
    static func place(
        _ sample: SamplePayload, for tenant: Tenant, medications: [CatalogItem], in installation: TestInstallation
    ) async throws -> Order {
        let created = try await installation.patients.create(body: sample.patient, tenant: tenant, idempotency: nil)
        let patient = created.value.patient.id.description
        return try await installation.orders.submit(
            body: sample.order(for: patient, medications: medications), dryRun: false, tenant: tenant,
            idempotency: nil
        ).value.order
    }
}

extension Identifier {
    var value: SQLValue { .text(description) }
}
