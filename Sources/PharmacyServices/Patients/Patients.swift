package import PharmacyDomain
internal import PharmacyStore

/// The verbs of patients (guide, section 2).
package struct Patients: Sendable {
    private let environment: ServiceEnvironment
    private let systems: PharmacySystems

    package init(environment: ServiceEnvironment, systems: PharmacySystems) {
        self.environment = environment
        self.systems = systems
    }

    /// Creates a patient.
    /// - Throws: `ServiceError.invalid` with every rule that the details violate.
    package func create(
        _ details: PatientDetails, tenant: Tenant, idempotency: IdempotencyRequest?
    ) async throws -> IdempotentResult<CreatedPatient> {
        let now = environment.now
        try mappingValidationErrors { () throws(ValidationErrors) in try details.validate(today: CalendarDate(now)) }
        let new = NewPatient(id: environment.entropy.identifier(), details: details)
        let created = try await environment.withIdempotencyLock(idempotency, tenant: tenant) {
            try await environment.write(tenant) { try store(new, idempotency, in: $0, receivedAt: now) }
        }
        if created.isReplay {
            try await environment.record(.patientRead, [created.value.patient.id.description], tenant: tenant)
        }
        return created
    }

    /// Creates several patients, each as `create` does, in one transaction.
    package func createBatch(
        _ batch: Batch<PatientDetails>, tenant: Tenant
    ) async throws -> [BatchResult<CreatedPatient>] {
        let now = environment.now
        let results = try await environment.runBatch(batch, tenant: tenant, decode: { CreatedPatient(outcome: $0) }) {
            drafts in
            drafts.map { details in
                Result {
                    try mappingValidationErrors { () throws(ValidationErrors) in
                        try details.validate(today: CalendarDate(now))
                    }
                    return NewPatient(id: environment.entropy.identifier(), details: details)
                }
            }
        } store: { new, idempotency, scope in
            try store(new, idempotency, in: scope, receivedAt: now)
        }
        let read = results.compactMap { try? $0.get() }.filter(\.isReplay).map(\.value.patient.id.description)
        if !read.isEmpty { try await environment.record(.patientRead, read, tenant: tenant) }
        return results
    }

    private struct NewPatient: Sendable {
        let id: PatientID
        let details: PatientDetails
    }

    private func store(
        _ new: NewPatient, _ idempotency: IdempotencyRequest?, in scope: TenantScope, receivedAt: Timestamp
    ) throws -> IdempotentResult<CreatedPatient> {
        var representation: Representation?
        return try idempotency.executeOnce(
            in: scope, at: receivedAt, encode: \.outcome, decode: { CreatedPatient(outcome: $0) }
        ) {
            let duplicates = try scope.patientsLike(new.details)
            let now = environment.now
            let stamp = try scope.stamp(at: now)
            let patient = Patient(id: new.id, details: new.details, createdAt: stamp, updatedAt: stamp)
            representation = try scope.insertPatient(patient)
            scope.audit(.patientCreated, [patient.id.description], at: now)
            return CreatedPatient(patient: patient, possibleDuplicates: duplicates)
        }.with(representation)
    }

    /// - Throws: `ServiceError.notFound`.
    package func get(_ id: PatientID, tenant: Tenant) async throws -> Representation {
        guard let patient = try await environment.readRecord(tenant, { try $0.patientRepresentation(id) }) else {
            throw ServiceError.notFound
        }
        try await environment.record(.patientRead, [id.description], tenant: tenant)
        return patient
    }

    /// The number of patients that are not deleted.
    package func count(tenant: Tenant) async throws -> Int {
        try await environment.read(tenant) { try $0.patientCount() }
    }

    /// Returns a patient to somebody who looks at the dashboard. The audit entry is durable before anything is shown.
    /// - Throws: `ServiceError.notFound`.
    package func reveal(_ id: PatientID, reason: RevealReason, tenant: Tenant) async throws -> Representation {
        let now = environment.now
        return try await environment.write(tenant) { scope in
            guard let patient = try scope.patientRepresentation(id) else { throw ServiceError.notFound }
            scope.audit(.patientRevealed, [id.description, reason.rawValue], at: now)
            return patient
        }
    }

    /// Newest first, or by change, oldest change first, if the filter has a start.
    package func list(
        _ filter: PatientFilter, page: PageRequest, tenant: Tenant
    ) async throws -> Page<Representation> {
        let patients = try await environment.readPage(tenant, isShortAtTimes: filter.email != nil) {
            try $0.patientRepresentations(filter, page: page)
        }
        try await environment.record(.patientListed, patients.items, tenant: tenant)
        return patients
    }

    /// Newest first.
    package func search(
        _ search: PatientSearch, page: PageRequest, tenant: Tenant
    ) async throws -> Page<Representation> {
        let patients = try await environment.readPage(tenant) {
            try $0.patientRepresentations(matching: search, page: page)
        }
        try await environment.record(.patientListed, patients.items, tenant: tenant)
        return patients
    }

    /// Changes a patient's details.
    /// - Parameters:
    ///   - precondition: decides about the patient as it is; both closures run in the transaction.
    ///   - change: the changed details, from the present ones.
    /// - Throws: `ServiceError.notFound`; `ServiceError.preconditionFailed`; what `change` throws; `ServiceError.invalid` with
    ///   every rule that the changed members violate.
    package func update(
        _ id: PatientID, tenant: Tenant, if precondition: Precondition? = nil,
        change: @escaping @Sendable (PatientDetails) throws(ValidationErrors) -> PatientDetails
    ) async throws -> Patient {
        try await environment.write(tenant) { scope in
            try check(precondition, of: scope.patientRepresentation(id))
            guard var patient = try scope.patient(id) else { throw ServiceError.notFound }
            let now = environment.now
            let details = try mappingValidationErrors { () throws(ValidationErrors) in
                let details = try change(patient.details)
                // A member that did not change may violate a rule that is newer than itself.
                try details.validate(today: CalendarDate(now), changedFrom: patient.details)
                return details
            }
            if details != patient.details { patient.sync = .pending }
            patient.details = details
            let updated = try scope.updatePatient(patient, at: now)
            scope.audit(.patientUpdated, [id.description], at: now)
            return updated
        }
    }

    /// - Throws: `ServiceError.notFound`; `ServiceError.preconditionFailed`.
    package func delete(_ id: PatientID, tenant: Tenant, if precondition: Precondition? = nil) async throws {
        try await environment.write(tenant) { scope in
            try check(precondition, of: scope.patientRepresentation(id))
            let now = environment.now
            guard try scope.deletePatient(id, at: now) else { throw ServiceError.notFound }
            scope.audit(.patientDeleted, [id.description], at: now)
        }
    }

    /// Sends the patient to the pharmacy system now.
    /// - Throws: `ServiceError.pharmacyUnavailable`; the patient's `sync` is then `failed`.
    package func sync(_ id: PatientID, tenant: Tenant) async throws -> Patient {
        guard let patient = try await environment.read(tenant, { try $0.patient(id) }) else {
            throw ServiceError.notFound
        }
        // The outcome is recorded even if the client has disconnected.
        return try await uncancelled {
            let outcome = await systems.system(of: tenant).putPatient(patient, tenant: tenant)
            let synced = try await environment.write(tenant) { scope in
                guard var current = try scope.patient(id) else { throw ServiceError.notFound }
                let now = environment.now
                // A change that was made during the request has not been sent yet.
                if current.details == patient.details { current.sync = outcome.sync(at: now) }
                let updated = try scope.updatePatient(current, at: now)
                scope.audit(.patientSynced, [id.description], at: now)
                return updated
            }
            if case .unavailable = outcome {
                throw ServiceError.pharmacyUnavailable(retryAfter: ServiceLimits.pharmacyRetryAfter)
            }
            return synced
        }
    }
}

/// Turns the domain's problems into the error that a verb throws.
func mappingValidationErrors<Value>(_ parse: () throws(ValidationErrors) -> Value) throws -> Value {
    do {
        return try parse()
    } catch {
        throw ServiceError.invalid(error)
    }
}
