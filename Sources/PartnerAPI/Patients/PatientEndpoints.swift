import HTTPTypes
import PharmacyDomain
import PharmacyServices

/// Patients (guide, section 2).
enum PatientEndpoints {
    /// In the order of the guide.
    static let all = [list, get, create, update, delete, sync]

    /// The patient in the path.
    private static let uuid = Operation.Parameter.path(
        "uuid", "The patient's uuid.", example: "135fef3b-b4ac-485f-b9bf-e8beef4990c7")

    /// The answer with one patient.
    private static let one = Operation.Response(
        .ok, "The patient.", schema: .data(.reference("Patient")), example: ["data": PatientSchemas.example])

    /// What a change needs whose response shows the whole record, also what the caller has not sent.
    private static let showing: [CredentialScope] = [.write, .patientsRead]

    /// `GET patients`.
    private static let list = Endpoint(
        Operation(
            "listPatients", .get, "patients", tag: .patients, summary: "List patients",
            description: """
                Your patients, newest first, in pages; with `updated_since` what has changed, oldest change first. To walk \
                through all of them, send `pagination.next_cursor` as `cursor` until it is `null`. To keep a copy current, \
                ask again with the latest `updated_at` or `deleted_at` that you have seen as `updated_since`, and with \
                `include_deleted`: a deleted patient is listed for as long as your account exists. A `410` with the code \
                `cursor_expired` means that the walk must begin again.
                """,
            parameters: [
                .page, .perPage, .cursor,
                .text(
                    "email", maximum: PatientRules.emailSearchLimit,
                    "Patients whose e-mail address contains this, in either case; at most 80 characters.",
                    example: "example.com"),
                .text(
                    "external_id", maximum: PatientRules.externalIDLimit, "The patients with exactly this reference.",
                    example: "PAT-1001"),
                .updatedSince,
                .flag(
                    "include_deleted",
                    """
                    Whether deleted patients are listed too, as `{"uuid", "deleted_at"}`. Only with `updated_since`, and \
                    not with `email` or `external_id`: nothing else of them is left.
                    """),
            ],
            responses: [
                Operation.Response(
                    .ok, "A page of patients.", schema: .listPage(of: .reference("ListedPatient")),
                    example: ["data": [PatientSchemas.example], "pagination": CommonSchemas.listPaginationExample],
                    links: [Operation.Link("getPatient", "uuid", from: "/data/0/uuid")])
            ],
            errors: [.cursorExpired])
    ) { request in
        let (filter, page) = try request.query { query in (query.patientFilter(), query.listPage()) }
        return .page(try await request.services.patients.list(filter, page: page, tenant: request.tenant))
    }

    /// `GET patients/{uuid}`.
    private static let get = Endpoint(
        Operation(
            "getPatient", .get, "patients/{uuid}", tag: .patients, summary: "Get patient details",
            description: "One patient.", parameters: [uuid], responses: [one])
    ) { request in
        .data(try await request.services.patients.get(request.id(), tenant: request.tenant))
    }

    /// `POST patients`.
    private static let create = Endpoint(
        Operation(
            "createPatient", .post, "patients", tag: .patients, summary: "Create a patient",
            description: """
                Creates a patient. Text is normalized (Unicode NFC), and white space around it is dropped before it is \
                measured. One with the same name, however it is written, date of birth and ZIP code as a patient you have is \
                created all the same, and `possible_duplicates` names the others.
                """,
            parameters: [.idempotencyKey],
            body: .json(.reference("NewPatient"), examples: [("patient", PatientSchemas.newExample)]),
            responses: [
                Operation.Response(
                    .created, "The new patient.",
                    schema: .data(.reference("Patient"), beside: [PatientSchemas.possibleDuplicates]),
                    example: ["data": PatientSchemas.example], headers: [.location, .idempotentReplayed],
                    links: [
                        Operation.Link("getPatient", "uuid", from: "/data/uuid"),
                        Operation.Link("updatePatient", "uuid", from: "/data/uuid"),
                        Operation.Link("syncPatient", "uuid", from: "/data/uuid"),
                        Operation.Link("deletePatient", "uuid", from: "/data/uuid"),
                    ])
            ])
    ) { request in
        let created = try await request.services.patients.create(
            body: request.body, tenant: request.tenant, idempotency: request.idempotency())
        let others = created.value.possibleDuplicates.map { JSON.string($0.description) }
        let members = others.isEmpty ? [] : [JSON.Member("possible_duplicates", .array(others))]
        return PartnerResponse.data(created.value.document, beside: members)
            .created(at: request.location("patients/\(created.value.document.uuid ?? "")"))
            .replayed(created.isReplay)
    }

    /// `PUT patients/{uuid}`.
    private static let update = Endpoint(
        Operation(
            "updatePatient", .put, "patients/{uuid}", tag: .patients, summary: "Update a patient",
            description: "Changes the members that are sent and keeps the others; `null` clears an optional one.",
            parameters: [uuid],
            body: .json(.reference("PatientChanges"), examples: [("changes", PatientSchemas.changesExample)]),
            responses: [one], scopes: showing)
    ) { request in
        .data(
            try await request.services.patients.update(request.id(), body: request.body, tenant: request.tenant))
    }

    /// `DELETE patients/{uuid}`.
    private static let delete = Endpoint(
        Operation(
            "deletePatient", .delete, "patients/{uuid}", tag: .patients, summary: "Delete a patient",
            description: """
                Removes the patient from every list and read. Orders that were placed keep the name and address they \
                were placed with.
                """,
            parameters: [uuid], responses: [Operation.Response(.noContent, "It is deleted.")])
    ) { request in
        try await request.services.patients.delete(request.id(), tenant: request.tenant)
        return .noContent
    }

    /// `POST patients/{uuid}/sync`.
    private static let sync = Endpoint(
        Operation(
            "syncPatient", .post, "patients/{uuid}/sync", tag: .patients, summary: "Sync a patient with Impetus",
            description: """
                Tells the pharmacy system (Impetus) of the patient now. Ordering does it by itself. A body is not \
                needed and not read. Where the pharmacy system does not answer, the patient is kept and its \
                `sync.status` is `failed`.
                """,
            parameters: [uuid], responses: [one], errors: [.pharmacyUnavailable], scopes: showing)
    ) { request in
        .data(try await request.services.patients.sync(request.id(), tenant: request.tenant))
    }
}

extension QueryReader {
    /// What a list of patients is narrowed to.
    fileprivate mutating func patientFilter() -> PatientFilter {
        var filter = PatientFilter()
        filter.email = text("email", maximum: PatientRules.emailSearchLimit)
        filter.externalID = text("external_id", maximum: PatientRules.externalIDLimit)
        filter.updatedSince = timestamp("updated_since")
        filter.includesDeleted = flag("include_deleted")
        guard filter.includesDeleted else { return filter }
        if !isGiven("updated_since") {
            reject(
                "include_deleted", "include_deleted requires updated_since: deleted patients are listed among changes.")
        }
        for name in ["email", "external_id"] where isGiven(name) {
            reject(
                "include_deleted",
                "include_deleted cannot be combined with \(name), which deleted patients no longer have.")
        }
        return filter
    }
}
