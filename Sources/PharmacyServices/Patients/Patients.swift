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

    package func create(
        body: JSON, tenant: Tenant, idempotency: IdempotencyRequest?
    ) async throws -> IdempotentResult<CreatedPatient> {
        let now = environment.now
        let details = try mappingValidationErrors { () throws(ValidationErrors) in
            try PatientDetails(parsing: body, today: CalendarDate(now))
        }
        let id: PatientID = environment.entropy.identifier()
        let created = try await environment.withIdempotencyLock(idempotency, tenant: tenant) {
            try await environment.write(tenant) { scope in
                try scope.executeOnce(idempotency, at: now, encode: Patients.encode, decode: Patients.decode) {
                    let duplicates = try scope.patientsLike(details)
                    let now = environment.now
                    let stamp = try scope.stamp(at: now)
                    let patient = Patient(id: id, details: details, createdAt: stamp, updatedAt: stamp)
                    try scope.insertPatient(patient)
                    scope.audit(.patientCreated, [patient.id.description], at: now)
                    return CreatedPatient(document: Document(patient.document), possibleDuplicates: duplicates)
                }
            }
        }
        if created.isReplay { try await environment.record(.patientRead, [created.value.document], tenant: tenant) }
        return created
    }

    private static func encode(_ created: CreatedPatient) -> JSON {
        [
            "document": .string(String(decoding: created.document.bytes, as: UTF8.self)),
            "duplicates": .array(created.possibleDuplicates.map { .string($0.description) }),
        ]
    }

    private static func decode(_ json: JSON) -> CreatedPatient? {
        guard let document = json["document"]?.text, let duplicates = json["duplicates"]?.elements else { return nil }
        return CreatedPatient(
            document: Document(bytes: Array(document.utf8)),
            possibleDuplicates: duplicates.compactMap { $0.text.flatMap(PatientID.init) })
    }

    package func get(_ id: PatientID, tenant: Tenant) async throws -> Document {
        guard let bytes = try await environment.read(tenant, { try $0.patientDocument(id) }) else {
            throw ServiceError.notFound
        }
        try await environment.record(.patientRead, [id.description], tenant: tenant)
        return Document(bytes: bytes)
    }

    package func list(_ filter: PatientFilter, page: PageRequest, tenant: Tenant) async throws -> Page<Document> {
        let patients = try await environment.readPage(tenant) { try $0.patientDocuments(filter, page: page) }
            .map(Document.init(bytes:))
        try await environment.record(.patientListed, patients.items, tenant: tenant)
        return patients
    }

    package func update(_ id: PatientID, body: JSON, tenant: Tenant) async throws -> Document {
        return try await environment.write(tenant) { scope in
            guard var patient = try scope.patient(id) else { throw ServiceError.notFound }
            let now = environment.now
            let details = try mappingValidationErrors { () throws(ValidationErrors) in
                try patient.details.merging(body, today: CalendarDate(now))
            }
            if details != patient.details { patient.sync = .pending }
            patient.details = details
            let kept = try scope.updatePatient(patient, at: now)
            scope.audit(.patientUpdated, [id.description], at: now)
            return Document(kept.document)
        }
    }

    package func delete(_ id: PatientID, tenant: Tenant) async throws {
        try await environment.write(tenant) { scope in
            let now = environment.now
            guard try scope.deletePatient(id, at: now) else { throw ServiceError.notFound }
            scope.audit(.patientDeleted, [id.description], at: now)
        }
    }

    /// Tells the pharmacy system of the patient now.
    /// - Throws: `ServiceError.pharmacyUnavailable`; the patient then says so in `sync`.
    package func sync(_ id: PatientID, tenant: Tenant) async throws -> Document {
        guard let patient = try await environment.read(tenant, { try $0.patient(id) }) else {
            throw ServiceError.notFound
        }
        // The outcome is recorded even if the client has gone.
        return try await uncancelled {
            let outcome = await systems.system(of: tenant).putPatient(patient, tenant: tenant)
            let document = try await environment.write(tenant) { scope in
                guard var current = try scope.patient(id) else { throw ServiceError.notFound }
                let now = environment.now
                // A change made meanwhile has not been told yet.
                if current.details == patient.details { current.sync = outcome.sync(at: now) }
                let kept = try scope.updatePatient(current, at: now)
                scope.audit(.patientSynced, [id.description], at: now)
                return Document(kept.document)
            }
            if case .unavailable = outcome {
                throw ServiceError.pharmacyUnavailable(retryAfter: ServiceLimits.pharmacyRetryAfter)
            }
            return document
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
