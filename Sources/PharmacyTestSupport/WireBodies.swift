package import PartnerAPI
package import PharmacyDomain
package import PharmacyServices

// The verbs with bodies as partners send them, so that a test reads like the guide.

extension PatientDetails {
    /// Reads a patient from a request's body.
    package init(parsing body: JSON, today: CalendarDate) throws(ValidationErrors) {
        self = try PatientResource.details.parse(body, WireContext(today: today, egress: .publicOnly))
    }

    /// These details with the members that the body carries in place of the old ones.
    package func merging(_ body: JSON, today: CalendarDate) throws(ValidationErrors) -> PatientDetails {
        try PatientResource.details.parse(body, merging: self, WireContext(today: today, egress: .publicOnly))
    }
}

extension OrderDraft {
    /// Reads an order from a request's body.
    package init(parsing body: JSON, egress: EgressPolicy) throws(ValidationErrors) {
        self = try OrderResource.draft.parse(
            body, WireContext(today: CalendarDate(Timestamp(milliseconds: 0)), egress: egress))
    }
}

extension TestInstallation {
    /// The API's own.
    package static let medicationRendering = PharmacyResource.medicationRendering
}

extension Renderings {
    /// The API's own.
    package static let current = wire

    /// Another version of the API, as a test imagines it: its representations are not the stored documents.
    package static let version2 = Renderings(
        patient: Rendering(version: 2, rendersDocument: false) { (["v2": $0.document] as JSON).bytes },
        deletedPatient: Rendering(version: 2, rendersDocument: false) {
            (["v2": .string($0.id.description), "deleted": JSON($0.deletedAt)] as JSON).bytes
        },
        order: Rendering(version: 2, rendersDocument: false) { (["v2": $0.document] as JSON).bytes },
        // The integrity check reads members of a payload: a version may add some.
        event: Rendering(version: 2, rendersDocument: false) {
            JSON.object(($0.payload.members ?? []) + [JSON.Member("v2", true)]).bytes
        },
        endpointEvent: Rendering(version: 2, rendersDocument: false) {
            JSON.object(($0.payload.members ?? []) + [JSON.Member("v2", true)]).bytes
        })
}

extension CatalogItem {
    /// A medication with an id that names no product.
    package static let sample = CatalogItem(
        medicationID: "eyJpIjoiMTI1MCJ9", name: "Tirzepatide w/ NAD+ Vial", strength: "20mg/ml", form: "Injectable",
        formulation: "Tirzepatide 20mg/ml 3ml (60mg) w/ NAD+ Vial", quantity: "3", quantityUnits: "Milliliter",
        scheduleCode: "L", type: "Compound", pharmacy: "Kaduceus", price: Price(wholeDollars: 188),
        priceAsOf: Timestamp(milliseconds: 1_766_423_701_000))

    /// The item as the API shows it.
    package var json: JSON { PharmacyResource.medication.encode(self) }
}

extension Patient {
    /// The patient as the API shows it.
    package var json: JSON { PatientResource.patient.encode(self) }
}

extension Order {
    /// The order as the API shows it.
    package var json: JSON { OrderResource.order.encode(self) }
}

extension Pharmacy {
    /// The pharmacy as the API shows it.
    package var json: JSON { PharmacyResource.pharmacy.encode(self) }
}

extension EgressPolicy {
    /// The policy of a tenant that is not a sandbox.
    package static let publicOnly = EgressPolicy(tenant: .live, servedOnLoopback: false)
}

extension Patients {
    package func create(
        body: JSON, tenant: Tenant, idempotency: IdempotencyRequest?
    ) async throws -> IdempotentResult<CreatedPatient> {
        let details = try reportingInvalid { () throws(ValidationErrors) in
            try PatientDetails(parsing: body, today: .testsToday)
        }
        return try await create(details, tenant: tenant, idempotency: idempotency)
    }

    package func update(_ id: PatientID, body: JSON, tenant: Tenant) async throws -> Patient {
        try await update(id, tenant: tenant) { details throws(ValidationErrors) in
            try details.merging(body, today: .testsToday)
        }
    }
}

extension Orders {
    package func submit(
        body: JSON, dryRun: Bool, tenant: Tenant, idempotency: IdempotencyRequest?
    ) async throws -> IdempotentResult<PlacedOrder> {
        let egress = egress(of: tenant)
        return try await submit(dryRun: dryRun, tenant: tenant, idempotency: idempotency) {
            () throws(ValidationErrors) in
            try OrderDraft(parsing: body, egress: egress)
        }
    }
}

extension CalendarDate {
    /// After every date of birth that tests use.
    fileprivate static let testsToday = CalendarDate(Timestamp(milliseconds: 1_766_423_701_000))
}

func reportingInvalid<Value>(_ parse: () throws(ValidationErrors) -> Value) throws -> Value {
    do {
        return try parse()
    } catch {
        throw ServiceError.invalid(error)
    }
}

extension WireContext {
    /// After every date of birth that tests use; only public URLs may be named.
    package static let forTests = WireContext(today: .testsToday, egress: .publicOnly)
}
