import HTTPTypes
import PharmacyDomain
import PharmacyServices

/// Patients (guide, section 2).
enum PatientEndpoints {
    /// In the order of the guide.
    static let all = [
        list, get, create, PatientBatchEndpoint.endpoint, PatientSearchEndpoint.endpoint, update, delete, sync,
    ]

    /// The patient in a path. The list of a patient's orders uses it too.
    static let uuid = Operation.Parameter.path(
        "uuid", "The patient's uuid.", example: "135fef3b-b4ac-485f-b9bf-e8beef4990c7")

    private static let one = Operation.Response(
        .ok, "The patient.", schema: .data(.reference("Patient")),
        example: ["data": PatientResource.patient.exampleJSON])

    /// The scopes of a change whose response shows the whole patient, including members that the caller did not send.
    private static let writeAndRead: [CredentialScope] = [.write, .patientsRead]

    /// `GET patients`.
    private static let list = Endpoint(
        Operation(
            "listPatients", .get, "patients", tag: .patients, summary: "List patients",
            description: """
                Lists your patients in pages, newest first; with `updated_since` the patients that changed, oldest \
                change first. To read the whole list, send `pagination.next_cursor` as `cursor` until it is `null`. To \
                keep a copy up to date, send the latest `updated_at` or `deleted_at` that you have seen as \
                `updated_since`, together with `include_deleted`: deleted patients stay in the list for as long as \
                your account exists. If you get `410` with the code `cursor_expired`, start the list again.
                """,
            parameters: [
                .page, .perPage, .cursor,
                .text(
                    "email", maximum: PatientRules.emailSearchLimit,
                    "Patients whose e-mail address contains this text, ignoring case; at most 80 characters.",
                    example: "example.com"),
                .text(
                    "external_id", maximum: PatientRules.externalID.maximum,
                    "The patients with exactly this reference.",
                    example: "PAT-1001"),
                .updatedSince,
                .flag(
                    "include_deleted",
                    """
                    Whether deleted patients are listed too, as `{"uuid", "deleted_at"}`. Requires `updated_since`, \
                    and cannot be combined with `email` or `external_id`, which deleted patients no longer have.
                    """),
            ],
            responses: [
                Operation.Response(
                    .ok, "A page of patients.", schema: .listPage(of: .reference("ListedPatient")),
                    example: [
                        "data": [PatientResource.patient.exampleJSON],
                        "pagination": CommonSchemas.listPaginationExample,
                    ],
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
            description: "Returns one patient.", parameters: [uuid], responses: [one])
    ) { request in
        .data(try await request.services.patients.get(request.id(), tenant: request.tenant))
    }

    /// `POST patients`.
    private static let create = Endpoint(
        Operation(
            "createPatient", .post, "patients", tag: .patients, summary: "Create a patient",
            description: """
                Creates a patient. Text is trimmed and normalized (Unicode NFC) before its length is checked. A \
                patient with the same name (ignoring case), date of birth and ZIP code as another of your \
                patients is created too, and `possible_duplicates` lists the others. A ZIP code that is not in the state \
                gets a warning in `warnings`.
                """,
            parameters: [.idempotencyKey],
            body: .json(.reference("NewPatient"), examples: [("patient", PatientResource.details.exampleBody)]),
            responses: [
                Operation.Response(
                    .created, "The new patient.",
                    schema: .data(
                        .reference("Patient"), adding: [PatientResource.possibleDuplicates, PatientResource.warnings]),
                    example: ["data": PatientResource.patient.exampleJSON], headers: [.location, .idempotentReplayed],
                    links: [
                        Operation.Link("getPatient", "uuid", from: "/data/uuid"),
                        Operation.Link("updatePatient", "uuid", from: "/data/uuid"),
                        Operation.Link("syncPatient", "uuid", from: "/data/uuid"),
                        Operation.Link("deletePatient", "uuid", from: "/data/uuid"),
                    ])
            ])
    ) { request in
        let idempotency = try request.idempotency()
        let details = try PatientResource.details.parse(request.body, request.wireContext)
        let created = try await request.services.patients.create(
            details, tenant: request.tenant, idempotency: idempotency)
        let patient = created.value.patient
        request.subject.record(patient: patient.id)
        return PartnerResponse.data(
            created.representation, or: PatientResource.patient.encode(patient),
            adding: PossibleDuplicates.members(created.value.possibleDuplicates)
                + PatientResource.warnings(patient.details)
        )
        .created(at: request.location("patients/\(patient.id)"))
        .replayed(created.isReplay)
    }

    /// `PUT patients/{uuid}`.
    private static let update = Endpoint(
        Operation(
            "updatePatient", .put, "patients/{uuid}", tag: .patients, summary: "Update a patient",
            description: """
                Changes the members that you send and leaves the others; `null` clears an optional member. Send `If-Match` \
                so that you do not overwrite a change that somebody has made since you read the patient.
                """,
            parameters: [uuid, .ifMatch],
            body: .json(.reference("PatientChanges"), examples: [("changes", PatientResource.changesExample)]),
            responses: [
                Operation.Response(
                    .ok, "The patient.", schema: .data(.reference("Patient"), adding: [PatientResource.warnings]),
                    example: ["data": PatientResource.patient.exampleJSON])
            ], errors: [.preconditionFailed], scopes: writeAndRead)
    ) { request in
        let (body, context) = (request.body, request.wireContext)
        let patient = try await request.services.patients.update(
            request.id(), tenant: request.tenant, if: request.precondition
        ) { details throws(ValidationErrors) in
            try PatientResource.details.parse(body, merging: details, context)
        }
        return .data(PatientResource.patient.encode(patient), adding: PatientResource.warnings(patient.details))
    }

    /// `DELETE patients/{uuid}`.
    private static let delete = Endpoint(
        Operation(
            "deletePatient", .delete, "patients/{uuid}", tag: .patients, summary: "Delete a patient",
            description: """
                Removes the patient from every list and read. Orders retain the name and address they were placed with.
                """,
            parameters: [uuid, .ifMatch], responses: [Operation.Response(.noContent, "The patient is deleted.")],
            errors: [.preconditionFailed])
    ) { request in
        try await request.services.patients.delete(request.id(), tenant: request.tenant, if: request.precondition)
        return .noContent
    }

    /// `POST patients/{uuid}/sync`.
    private static let sync = Endpoint(
        Operation(
            "syncPatient", .post, "patients/{uuid}/sync", tag: .patients, summary: "Sync a patient with Impetus",
            description: """
                Sends the patient to the pharmacy system (Impetus) now. Submitting an order does so too. A body is not \
                needed and is ignored. If the pharmacy system does not respond, the patient is unchanged except for \
                its `sync.status`, which is `failed`.
                """,
            parameters: [uuid], responses: [one], errors: [.pharmacyUnavailable], scopes: writeAndRead)
    ) { request in
        let patient = try await request.services.patients.sync(request.id(), tenant: request.tenant)
        return .data(PatientResource.patient.encode(patient))
    }
}

extension QueryReader {
    /// Reads the filters of a list of patients.
    fileprivate mutating func patientFilter() -> PatientFilter {
        var filter = PatientFilter()
        filter.email = text("email", maximum: PatientRules.emailSearchLimit)
        filter.externalID = text("external_id", maximum: PatientRules.externalID.maximum)
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
