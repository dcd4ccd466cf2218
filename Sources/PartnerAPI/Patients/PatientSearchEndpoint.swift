import HTTPTypes
import PharmacyDomain
import PharmacyServices

/// `POST patients/search`.
enum PatientSearchEndpoint {
    /// A search, and the page of its results.
    struct Query: Sendable {
        let search: PatientSearch
        let page: Int
        let perPage: Int
    }

    private typealias Member<Value: Sendable> = ResourceMember<Query, Value>

    static let query = RequestResource(
        { name, dateOfBirth, phone, email, externalID, page, perPage in
            Query(
                search: PatientSearch(
                    name: name, dateOfBirth: dateOfBirth, phone: phone, email: email, externalID: externalID),
                page: page, perPage: perPage)
        },
        Member<String?>(
            "name", { $0.search.name }, .optional(.text(PatientRules.nameSearch)),
            """
            Words, in any order, each of which the names must contain, ignoring case; at most 80 characters.
            """, example: "oneil jane"),
        Member<CalendarDate?>(
            "date_of_birth", { $0.search.dateOfBirth }, .optional(PatientResource.birthDate), "YYYY-MM-DD.",
            example: nil),
        Member<String?>(
            "phone", { $0.search.phone }, .optional(PatientResource.phone), "Exactly 10 digits: any of the numbers.",
            example: nil),
        Member<String?>(
            "email", { $0.search.email }, .optional(.text(TextRule(maximum: PatientRules.emailSearchLimit))),
            "A part of the address, ignoring case; at most 80 characters.", example: nil),
        Member<String?>(
            "external_id", { $0.search.externalID }, .optional(.text(PatientRules.externalID)),
            "Exactly your reference.", example: nil),
        Member<Int>(
            "page", { $0.page }, WireType<Int>.integer(1...PageRequest.maximumPage).defaulting(to: 1),
            "The number of the page; 1 by default.", example: 1),
        Member<Int>(
            "per_page", { $0.perPage },
            WireType<Int>.integer(1...PageRequest.maximumPerPage).defaulting(to: PageRequest.defaultPerPage),
            "The number of patients on a page; 15 by default.", example: 15))

    static let endpoint = Endpoint(
        Operation(
            "searchPatients", .post, "patients/search", tag: .patients, summary: "Search patients",
            description: """
                Finds patients by what is in the body, so that no personal data is in a URL, where logs and proxies would keep \
                it. A patient must match all members that you send; send at least one. The results are the newest patients \
                first.
                """,
            body: .json(
                .reference("PatientSearch"),
                examples: [("search", ["name": "jane", "date_of_birth": "1984-02-29"])]),
            responses: [
                Operation.Response(
                    .ok, "A page of patients.", schema: .page(of: .reference("Patient")),
                    example: [
                        "data": [PatientResource.patient.exampleJSON],
                        "pagination": CommonSchemas.paginationExample,
                    ],
                    links: [Operation.Link("getPatient", "uuid", from: "/data/0/uuid")])
            ], scopes: [.patientsRead])
    ) { request in
        let query = try query.parse(request.body, request.wireContext)
        guard !query.search.isEmpty else {
            throw ValidationErrors("name", "name, date_of_birth, phone, email or external_id is required.")
        }
        return .page(
            try await request.services.patients.search(
                query.search, page: PageRequest(page: query.page, perPage: query.perPage), tenant: request.tenant))
    }
}
