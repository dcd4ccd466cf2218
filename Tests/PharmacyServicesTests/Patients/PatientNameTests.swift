import PharmacyDomain
import PharmacyServices
import PharmacyTestSupport
import Testing

@testable import PharmacyStore

@Suite("Spellings of names and references", .timeLimit(.minutes(3)))
struct PatientNameTests {
    /// Two spellings of a person's name.
    private static let names = [
        ("Zoe\u{308}", "ZO\u{CB}"), ("O'Neil", "O\u{2019}Neil"), ("Mary  Ann", "Mary Ann"), ("Groß", "GROSS"),
        ("\u{FF21}nna", "Anna"), ("Smith-Jones", "Smith\u{2010}Jones"),
    ]

    private func create(_ installation: TestInstallation, _ members: [(String, String)]) async throws -> CreatedPatient
    {
        let body = members.reduce(TestInstallation.patient()) { $0.replacing($1.0, .string($1.1)) }
        return try await installation.patients.create(body: body, tenant: installation.tenant, idempotency: nil).value
    }

    private func found(_ installation: TestInstallation, _ change: (inout PatientFilter) -> Void) async throws
        -> [String]
    {
        var filter = PatientFilter()
        change(&filter)
        return try await installation.patients.list(
            filter, page: PageRequest(page: 1, perPage: 50), tenant: installation.tenant
        ).items.map(\.id)
    }

    private func orders(_ installation: TestInstallation, _ reference: String) async throws -> [[String]] {
        var filters = [OrderFilter(), OrderFilter(), OrderFilter()]
        filters[0].reference = reference
        filters[1].customerReference = reference
        filters[2].reference = reference
        filters[2].customerReference = reference
        var lists: [[String]] = []
        for filter in filters {
            lists.append(
                try await installation.orders.list(
                    filter, page: PageRequest(page: 1, perPage: 50), tenant: installation.tenant
                ).items.map(\.id))
        }
        return lists
    }

    @Test("Two spellings of a name are one person", arguments: names, ["first_name", "last_name"])
    func duplicates(names: (String, String), member: String) async throws {
        let installation = try await TestInstallation()
        let first = try await create(installation, [(member, names.0)])
        let second = try await create(installation, [(member, names.1)])
        #expect(second.possibleDuplicates.map(\.description) == [first.patient.id.description])
        let third = try await create(installation, [(member, "Other")])
        #expect(third.possibleDuplicates.isEmpty)
    }

    @Test("The e-mail search accepts full-width letters and any apostrophe")
    func search() async throws {
        let installation = try await TestInstallation()
        let patient = try await create(installation, [("email", "Pat.O'Neil@example.com")]).patient.id.description
        for text in ["O\u{2019}NEIL", "\u{FF50}\u{FF41}\u{FF54}", "pat.o'neil@", "O'Neil@EXAMPLE"] {
            #expect(try await found(installation) { $0.email = text } == [patient], "\(text)")
        }
        #expect(try await found(installation) { $0.email = "patoneil" }.isEmpty)
    }

    @Test("The search for medications ignores case, width and the form of accents")
    func medications() async throws {
        let installation = try await TestInstallation()
        func names(_ search: String?) async throws -> [String] {
            try await installation.pharmacies.medications(
                of: SimulatedPharmacies.all[0].id, page: PageRequest(page: 1, perPage: 25),
                filter: CatalogFilter(search: search),
                tenant: installation.tenant
            ).page.items.map(\.name)
        }
        let name = try #require(try await names(nil).first)
        let found = try await names(name)
        #expect(found.contains(name))
        let wide = String(
            String.UnicodeScalarView(
                name.unicodeScalars.map { ("A"..."z").contains($0) ? Unicode.Scalar($0.value + 0xFEE0) ?? $0 : $0 }))
        #expect(!wide.hasSameBytes(as: name))
        for form in [name.uppercased(), name.lowercased(), wide] {
            #expect(try await names(form) == found, "\(form)")
        }
    }

    // MARK: Rows of earlier versions

    /// Sets the digests of an earlier version: of names in lower case, and of references as they were received.
    private func putBack(_ installation: TestInstallation) async throws {
        try await installation.environment.store.write(installation.tenant.id) { scope in
            let patients = try scope.db.rows("SELECT uuid FROM patients WHERE deleted_at IS NULL", []) {
                try $0.text(0)
            }
            for id in patients.compactMap(PatientID.init) {
                guard var patient = try scope.patient(id) else { continue }
                patient.details.firstName = "Zoe\u{308}"
                patient.details.externalID = "E\u{301}"
                try scope.db.send(
                    """
                    UPDATE patients SET document = $2, likeness = $3, external_id_digest = $4, email = $5 WHERE uuid = $1
                    """,
                    [
                        .text(id.description), .blob(try scope.seal(patient.document.bytes, "patient", id.description)),
                        .blob(scope.digest(patient.details.earlierDuplicateKey, "likeness")),
                        .blob(scope.digest("E\u{301}", "external-id")),
                        .blob(
                            try scope.seal(
                                Array(patient.details.email.lowercased().utf8), "email", id.description)),
                    ])
            }
            let orders = try scope.db.rows("SELECT uuid FROM orders", []) { try $0.text(0) }
            for id in orders.compactMap(OrderID.init) {
                let document = try JSON.parse(try scope.orderRepresentation(id)?.bytes ?? [])
                    .replacing("order_id", "E\u{301}").replacing("customer_id", "E\u{301}")
                try scope.db.send(
                    """
                    UPDATE orders SET document = $2, reference_digest = $3, customer_reference_digest = $4 WHERE uuid = $1
                    """,
                    [
                        .text(id.description), .blob(try scope.seal(document.bytes, "order", id.description)),
                        .blob(scope.digest("E\u{301}", "order-reference")),
                        .blob(scope.digest("E\u{301}", "customer-reference")),
                    ])
            }
            try scope.db.send("UPDATE tenants SET text_keys = 0", [])
        }
    }

    private func conversion(_ installation: TestInstallation) -> TenantConversion {
        TenantConversion.textKeys(environment: installation.environment)
    }

    @Test("Values of an earlier version are found by their exact text, and by any spelling once converted")
    func conversion() async throws {
        let installation = try await TestInstallation()
        let order = try await installation.order()
        let placed = try await installation.place(
            order.replacing("order_id", "x").replacing("customer_id", "x")
        ).description
        let patient = try #require(order["patient_id"]?.text)
        try await putBack(installation)

        let decomposed = "E\u{301}"
        let composed = "\u{C9}"
        #expect(try await found(installation) { $0.externalID = decomposed } == [patient])
        #expect(try await orders(installation, decomposed) == [[placed], [placed], [placed]])
        let same = try await create(installation, [("first_name", "Zoe\u{308}"), ("zip", "78701")])
        try await installation.patients.delete(
            same.patient.id, tenant: installation.tenant)

        #expect(try await conversion(installation).convertDue() == nil)
        #expect(try await installation.environment.store.systemRead { try $0.tenantsWithOutdatedTextKeys() } == [])
        for text in [decomposed, composed] {
            #expect(try await found(installation) { $0.externalID = text } == [patient], "\(text)")
            #expect(try await orders(installation, text) == [[placed], [placed], [placed]], "\(text)")
        }
        let other = try await create(installation, [("first_name", "ZO\u{CB}")])
        #expect(other.possibleDuplicates.map(\.description) == [patient])
        // A search and a reference together look at each row.
        let both = try await found(installation) {
            $0.externalID = composed
            $0.email = "jane"
        }
        #expect(both == [patient])
    }

    @Test("Patients of an earlier version, whose rows have no search text, are found by name and date of birth")
    func searchText() async throws {
        let installation = try await TestInstallation()
        let patient = try #require(try await installation.order()["patient_id"]?.text)
        try await putBack(installation)
        let found = try await installation.patients.search(
            PatientSearch(
                name: "ZOË doe", dateOfBirth: CalendarDate("1984-02-29"), phone: nil, email: nil, externalID: nil),
            page: PageRequest(page: 1, perPage: 15), tenant: installation.tenant)
        #expect(found.items.map(\.id) == [patient])
    }

    @Test("Rows with digests of an earlier version pass the integrity check before and after conversion")
    func integrity() async throws {
        let installation = try await TestInstallation()
        _ = try await installation.place(try await installation.order().replacing("order_id", "x"))
        try await putBack(installation)
        let checker = IntegrityChecker(environment: installation.environment)
        for _ in 0..<2 {
            let report = try await checker.check(tenant: installation.tenant.name) { Issue.record("\($0)") }
            #expect(report.total == 0)
            #expect(try await conversion(installation).convertDue() == nil)
        }
    }

    @Test("Rows are converted in batches, and an interrupted conversion begins again")
    func steps() async throws {
        let installation = try await TestInstallation()
        for _ in 0..<5 { _ = try await installation.createPatient() }
        try await putBack(installation)
        var position: TextKeyPosition? = .start
        var steps = 0
        while let current = position, steps < 2 {
            position = try await installation.environment.store.write(installation.tenant.id) {
                try $0.convertTextKeys(after: current, limit: 2)
            }
            steps += 1
        }
        #expect(position == .patients(after: 4))
        let left = try await installation.environment.store.systemRead { try $0.tenantsWithOutdatedTextKeys() }
        #expect(left == [installation.tenant.id])
        #expect(try await conversion(installation).convertDue() == nil)
        #expect(try await found(installation) { $0.externalID = "\u{C9}" }.count == 5)
    }
}

extension JSON {
    /// The object with another value of one member.
    fileprivate func replacing(_ name: String, _ value: JSON) -> JSON {
        .object((members ?? []).filter { $0.name != name } + [Member(name, value)])
    }
}
