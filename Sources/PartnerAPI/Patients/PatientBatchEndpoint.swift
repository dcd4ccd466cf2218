import HTTPTypes
import PharmacyDomain
import PharmacyServices

/// `POST patients/batch`.
package enum PatientBatchEndpoint {
    static let endpoint = Endpoint(
        Operation(
            "createPatients", .post, "patients/batch", tag: .patients, summary: "Create several patients",
            description: """
                Creates up to \(BatchResource.limit) patients in one request. Each is checked, and accepted or refused, by \
                itself: the response is 200 with one result for each item in their order, which has the `status` and the `data` \
                or `error` that the patient would have as a request of its own. Each item counts as one request against the rate \
                limit. Give each item an `idempotency_key`, or the batch an `Idempotency-Key`, so that you can repeat the batch \
                after a failure without creating a patient twice.

                The patients may also be a table (`text/csv`, RFC 4180) with the names of the members in its first line. Each result \
                then has the `line` of its row.
                """,
            parameters: [.idempotencyKey],
            body: .jsonOrCSV(
                .reference("PatientBatch"), columns: columns,
                examples: [("patients", ["items": [PatientResource.details.exampleBody]])]),
            responses: [
                Operation.Response(
                    .ok, "The result of each patient.", schema: .reference("PatientBatchResults"),
                    example: ["data": [["index": 0, "status": 201, "data": PatientResource.patient.exampleJSON]]],
                    headers: [.idempotentReplayed],
                    links: [Operation.Link("getPatient", "uuid", from: "/data/0/data/uuid")])
            ])
    ) { request in
        let batch = try await request.batch(of: "POST patients") { body, context throws(ValidationErrors) in
            try PatientResource.details.parse(body, context)
        }
        let results = try await request.services.patients.createBatch(batch, tenant: request.tenant)
        return BatchResource.response(
            try results.map { result in
                try request.response(to: result) { created in
                    BatchResource.ItemResponse(
                        status: .created, name: "data",
                        content: created.representation?.bytes
                            ?? PatientResource.patient.encode(created.value.patient).bytes,
                        isReplay: created.isReplay,
                        members: PossibleDuplicates.members(created.value.possibleDuplicates)
                            + PatientResource.warnings(created.value.patient.details))
                }
            }, rows: request.rows)
    }

    /// The columns of a table of patients.
    package static let columns = BatchResource.columns(of: PatientResource.details.schema)

    /// The components of the document.
    static let components: [(name: String, schema: Schema)] = [
        ("PatientBatch", BatchResource.schema(of: PatientResource.details.schema)),
        (
            "PatientBatchResults",
            BatchResource.resultSchema(
                .reference("Patient"),
                adding: [BatchResource.line, PatientResource.possibleDuplicates, PatientResource.warnings])
        ),
    ]
}
