package import PharmacyDomain

/// Patients on the wire (guide, section 2).
package enum PatientResource {
    private typealias Member<Value: Sendable> = ResourceMember<PatientDetails, Value>

    /// The members that partners can set.
    package static let details = RequestResource(
        PatientDetails.init,
        Member<String>(
            "first_name", { $0.firstName }, name, "Letters, spaces, hyphens and apostrophes, at most 35 characters.",
            example: "Jane"),
        Member<String?>(
            "middle_name", { $0.middleName }, .optional(name),
            "Letters, spaces, hyphens and apostrophes, at most 35 characters.", example: nil),
        Member<String>(
            "last_name", { $0.lastName }, name, "Letters, spaces, hyphens and apostrophes, at most 35 characters.",
            example: "O'Neil-Smith"),
        Member<String?>(
            "suffix", { $0.suffix }, .optional(.text(PatientRules.suffix)), "Such as `Jr.`, at most 10 characters.",
            example: nil),
        Member<CalendarDate>(
            "date_of_birth", { $0.dateOfBirth }, birthDate,
            "YYYY-MM-DD, in the past (in UTC) and not before 1900.", example: Examples.birthDate),
        Member<Gender>(
            "gender", { $0.gender }, .choice("must be M, F or U."), "M (male), F (female) or U (unknown).",
            example: .female),
        Member<String>(
            "email", { $0.email }, .text(PatientRules.email, format: "email", isASCII: true), "An e-mail address.",
            example: "jane@example.com"),
        Member<String?>("phone_home", { $0.phoneHome }, .optional(phone), "Exactly 10 digits.", example: nil),
        Member<String?>("phone_work", { $0.phoneWork }, .optional(phone), "Exactly 10 digits.", example: nil),
        Member<String?>(
            "phone_cell", { $0.phoneCell }, .optional(phone), "Exactly 10 digits.", example: "5551234567"),
        Member<String>(
            "address1", { $0.address1 }, .text(PatientRules.addressLine), "At most 60 characters.",
            example: "12 Main Street"),
        Member<String?>(
            "address2", { $0.address2 }, .optional(.text(PatientRules.addressLine)), "At most 60 characters.",
            example: nil),
        Member<String>(
            "city", { $0.city }, .text(PatientRules.addressLine), "At most 60 characters.", example: "Springfield"),
        Member<String>(
            "state", { $0.state }, .oneOf(PatientRules.states, PatientRules.state),
            "The two-letter code of a US state, territory or military post.", example: "IL"),
        Member<String>(
            "zip", { $0.zip }, .text(PatientRules.zip, pattern: zipPattern),
            "5 or 9 digits: `12345`, `123456789` or `12345-6789`.", example: "62704"),
        Member<String?>(
            "external_id", { $0.externalID }, .optional(.text(PatientRules.externalID)),
            "Your own reference, at most 100 characters.", example: "PAT-1001"),
        Member<[String]>(
            "allergies", { $0.allergies }, .texts(PatientRules.healthList),
            "What the patient is allergic to. At most 50 entries of at most 200 characters.", example: ["Penicillin"]),
        Member<[String]>(
            "conditions", { $0.conditions }, .texts(PatientRules.healthList),
            "What the patient is diagnosed with. At most 50 entries of at most 200 characters.",
            example: ["Hypertension"]),
        Member<[String]>(
            "medications", { $0.medications }, .texts(PatientRules.healthList),
            "What else the patient takes. At most 50 entries of at most 200 characters.",
            example: ["Lisinopril 10 mg"]))

    /// Of five or nine digits.
    static let zipPattern = "^[0-9]{5}(-?[0-9]{4})?$"

    private static let name = WireType<String>.text(PatientRules.name, format: "person-name")
    static let phone = WireType<String>.text(PatientRules.phone, pattern: "^[0-9]{10}$")

    static let birthDate = WireType<CalendarDate>(
        request: .string(format: "date"), write: { .string($0.description) }
    ) { json, name, context, errors in
        switch WireType<String>.text(json, name, TextRule(maximum: 254, fault: CalendarDate.fault), &errors) {
        case .invalid: return .invalid
        case .blank: return .blank
        case .value(let text):
            guard let date = CalendarDate(text) else { return .invalid }
            guard let violation = PatientRules.birthDateViolation(date, today: context.today) else {
                return .value(date)
            }
            errors.add(name, "\(name) \(violation)")
            return .invalid
        }
    }

    /// The version of a patient's representation. Raise it when a member of `patient` is added, renamed or removed:
    /// stored representations are then rendered again when they are read.
    package static let version = 2

    /// A patient in responses.
    package static let patient = ResponseResource<Patient>(
        [ResponseMember("uuid", .uuid.readOnly.example(Examples.patient.json)) { $0.id.json }]
            + details.responseMembers.map { member in member.lifted { (patient: Patient) in patient.details } } + [
                ResponseMember("sync", .reference("PatientSync")) { sync.encode($0.sync) },
                ResponseMember("created_at", .timestamp.readOnly) { JSON($0.createdAt) },
                ResponseMember("updated_at", .timestamp.readOnly) { JSON($0.updatedAt) },
            ],
        example: Patient(
            id: Examples.patient, details: details.example, createdAt: Examples.time, updatedAt: Examples.time))

    private static let sync = ResponseResource<PatientSync>(
        [
            ResponseMember("status", .oneOf(["pending", "synced", "failed"])) { .string($0.status) },
            ResponseMember("synced_at", .timestamp.nullable) { JSON($0.syncedAt) },
            ResponseMember("message", .string().nullable.described("Why the synchronization failed.")) {
                JSON($0.message)
            },
        ], example: .pending)

    /// A deleted patient, in lists with `include_deleted`.
    package static let deleted = ResponseResource<DeletedPatient>(
        [
            ResponseMember("uuid", .uuid.readOnly.example(Examples.patient.json)) { $0.id.json },
            ResponseMember("deleted_at", .timestamp.readOnly) { JSON($0.deletedAt) },
        ], example: DeletedPatient(id: Examples.patient, deletedAt: Examples.time))

    /// The UUIDs of existing patients who are probably the same person.
    static let possibleDuplicates = PossibleDuplicates.property(
        "Your other patients with the same name, date of birth and ZIP code. The new patient was created anyway.")

    private static let warning = ResponseResource<PatientWarning>(
        [
            ResponseMember("member", .string().described("The member that is probably wrong.").example("zip")) {
                .string($0.member)
            },
            ResponseMember("code", .oneOf(PatientWarning.self)) { .string($0.rawValue) },
            ResponseMember("message", .string()) { .string($0.sentence) },
        ], example: .zipNotInState)

    /// What is probably wrong with a patient who was accepted.
    static let warnings = Schema.Property.optional(
        "warnings",
        .array(of: .reference("PatientWarning")).described(
            "What is probably a typing error. The patient was stored anyway."))

    /// The member that lists the warnings; none if there are none.
    static func warnings(_ details: PatientDetails) -> [JSON.Member] {
        let found = details.warnings
        return found.isEmpty ? [] : [JSON.Member(warnings.name, .array(found.map(warning.encode)))]
    }

    static let changesExample: JSON = ["email": "jane.smith@example.com", "phone_home": nil]

    /// The components of the document.
    static let components: [(name: String, schema: Schema)] = [
        ("NewPatient", details.schema), ("PatientChanges", details.changesSchema), ("Patient", patient.schema),
        (
            "PatientSync",
            sync.schema.described("The state of the synchronization of the patient with the pharmacy system (Impetus).")
                .readOnly
        ),
        (
            "DeletedPatient",
            deleted.schema.described("A deleted patient; listed only with `include_deleted`.")
        ),
        ("PatientWarning", warning.schema), ("PatientSearch", PatientSearchEndpoint.query.schema),
        ("ListedPatient", .anyOf([.reference("Patient"), .reference("DeletedPatient")])),
    ]
}

extension PatientSync {
    fileprivate var status: String {
        switch self {
        case .pending: "pending"
        case .synced: "synced"
        case .failed: "failed"
        }
    }

    fileprivate var syncedAt: Timestamp? {
        if case .synced(let time) = self { time } else { nil }
    }

    fileprivate var message: String? {
        if case .failed(let message) = self { message } else { nil }
    }
}

extension PatientWarning {
    /// The member that is probably wrong.
    fileprivate var member: String {
        switch self {
        case .zipNotInState: "zip"
        }
    }

    fileprivate var sentence: String {
        switch self {
        case .zipNotInState: "zip is not in the state that state names."
        }
    }
}
