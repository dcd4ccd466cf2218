import PharmacyDomain

/// The shapes of patients, with the guide's validation rules.
enum PatientSchemas {
    /// The components of the document.
    static let components: [(name: String, schema: Schema)] = [
        ("NewPatient", .object(members(isNew: true))), ("PatientChanges", .object(members(isNew: false))),
        ("PersonName", name.example("O'Neil-Smith")), ("OptionalPersonName", optionalName.nullable.example("Q")),
        ("Patient", patient), ("PatientSync", sync), ("DeletedPatient", deletedPatient),
        ("ListedPatient", .anyOf([.reference("Patient"), .reference("DeletedPatient")])),
    ]

    /// The members a partner sends.
    /// - Parameter isNew: whether the required ones must be there, as in a new patient.
    private static func members(isNew: Bool) -> [Schema.Property] {
        func required(_ name: String, _ schema: Schema) -> Schema.Property {
            isNew ? .required(name, schema) : .optional(name, schema)
        }
        return [
            required("first_name", .reference("PersonName")),
            .optional("middle_name", .reference("OptionalPersonName")),
            required("last_name", .reference("PersonName")),
            required("date_of_birth", birthDate),
            required("gender", gender),
            required("email", email.example("jane@example.com")),
            .optional("phone_home", phone.example("5551234567")),
            .optional("phone_work", phone.example("5551234568")),
            .optional("phone_cell", phone.example("5551234569")),
            required("address1", address(isOptional: false).example("12 Main Street")),
            .optional("address2", address(isOptional: true).nullable.example("Apartment 4")),
            required("city", address(isOptional: false).example("Springfield")),
            required("state", state),
            required("zip", zip),
            .optional("external_id", externalID.nullable.example("PAT-1001")),
        ]
    }

    /// A first or last name.
    private static let name = Schema.string(
        maximum: PatientRules.nameLimit, pattern: TextPattern.name
    ).described("Letters, spaces, hyphens and apostrophes, at most 35 characters.")

    /// A middle name.
    private static let optionalName = Schema.string(
        maximum: PatientRules.nameLimit, pattern: TextPattern.optionalName
    ).described("Letters, spaces, hyphens and apostrophes, at most 35 characters.")

    /// A date of birth.
    private static let birthDate: Schema = {
        var rules = Schema.StringRules()
        rules.format = "date"
        rules.pattern = TextPattern.whole(TextPattern.birthDate)
        return Schema(.string(rules)).described("YYYY-MM-DD, in the past, which is judged in UTC when it is sent.")
            .example("1980-02-29")
    }()

    /// M, F or U.
    private static let gender = Schema.oneOf(Gender.self).described("M (male), F (female) or U (unknown).").example("F")

    /// An e-mail address.
    private static let email = Schema.string(
        maximum: PatientRules.emailLimit, pattern: TextPattern.required(TextPattern.email)
    ).described("An e-mail address.")

    /// A phone number that is sent.
    private static let phone = Schema.string(pattern: TextPattern.optional(TextPattern.phone)).nullable
        .described("Exactly 10 digits.")

    /// A line of the address.
    private static func address(isOptional: Bool) -> Schema {
        let pattern = isOptional ? TextPattern.optionalLine : TextPattern.line
        return .string(maximum: PatientRules.addressLimit, pattern: pattern).described("At most 60 characters.")
    }

    /// A state's code.
    private static let state = Schema.oneOf(PatientRules.states)
        .described("The two-letter code of a US state, territory or military post.").example("IL")

    /// A ZIP code.
    private static let zip = Schema.string(pattern: TextPattern.required(TextPattern.zip))
        .described("5 or 9 digits: `12345`, `123456789` or `12345-6789`.").example("62704")

    /// The partner's own reference.
    private static let externalID = Schema.string(
        maximum: PatientRules.externalIDLimit, pattern: TextPattern.optionalLine
    ).described("Your own reference, at most 100 characters.")

    /// The patient as the API shows it.
    private static let patient = Schema.object([
        .required("uuid", .uuid.readOnly.example("135fef3b-b4ac-485f-b9bf-e8beef4990c7")),
        .required("first_name", .shownText(PatientRules.nameLimit).example("Jane")),
        .required("middle_name", .shownText(PatientRules.nameLimit).nullable),
        .required("last_name", .shownText(PatientRules.nameLimit).example("O'Neil-Smith")),
        .required("date_of_birth", .string(format: "date").example("1980-02-29")),
        .required("gender", gender),
        .required("email", .string(maximum: PatientRules.emailLimit).example("jane@example.com")),
        .required("phone_home", storedPhone),
        .required("phone_work", storedPhone),
        .required("phone_cell", storedPhone),
        .required("address1", .shownText(PatientRules.addressLimit).example("12 Main Street")),
        .required("address2", .shownText(PatientRules.addressLimit).nullable),
        .required("city", .shownText(PatientRules.addressLimit).example("Springfield")),
        .required("state", .oneOf(PatientRules.states).example("IL")),
        .required("zip", .string(pattern: TextPattern.whole(TextPattern.zip)).example("62704")),
        .required("external_id", .shownText(PatientRules.externalIDLimit).nullable),
        .required("sync", .reference("PatientSync")),
        .required("created_at", .timestamp.readOnly),
        .required("updated_at", .timestamp.readOnly),
    ])

    /// What is left of a patient who was deleted.
    private static let deletedPatient = Schema.object([
        .required("uuid", .uuid.readOnly.example("135fef3b-b4ac-485f-b9bf-e8beef4990c7")),
        .required("deleted_at", .timestamp.readOnly),
    ]).described("A patient who was deleted; listed with `include_deleted` alone.")

    /// A phone number that is shown.
    private static let storedPhone = Schema.string(pattern: TextPattern.whole(TextPattern.phone)).nullable
        .example("5551234567")

    /// Whether the pharmacy system knows the patient.
    private static let sync = Schema.object([
        .required("status", .oneOf(["pending", "synced", "failed"])),
        .required("synced_at", .timestamp.nullable),
        .required("message", .string().nullable.described("Why it failed.")),
    ]).described("Whether the pharmacy system (Impetus) knows the patient as you do.").readOnly

    /// The UUIDs of patients that are probably the same person.
    static let possibleDuplicates = Schema.Property.optional(
        "possible_duplicates",
        .array(of: .uuid).described(
            "Patients you have with the same name, date of birth and ZIP code. The new one was created all the same."))

    // MARK: Examples

    /// A body that creates a patient.
    static let newExample: JSON = [
        "first_name": "Jane", "last_name": "O'Neil-Smith", "date_of_birth": "1980-02-29", "gender": "F",
        "email": "jane@example.com", "phone_cell": "5551234567", "address1": "12 Main Street",
        "city": "Springfield", "state": "IL", "zip": "62704", "external_id": "PAT-1001",
    ]

    /// A body that changes a patient.
    static let changesExample: JSON = ["email": "jane.smith@example.com", "phone_home": nil]

    /// A patient.
    static let example: JSON = [
        "uuid": "135fef3b-b4ac-485f-b9bf-e8beef4990c7", "first_name": "Jane", "middle_name": nil,
        "last_name": "O'Neil-Smith", "date_of_birth": "1980-02-29", "gender": "F", "email": "jane@example.com",
        "phone_home": nil, "phone_work": nil, "phone_cell": "5551234567", "address1": "12 Main Street",
        "address2": nil, "city": "Springfield", "state": "IL", "zip": "62704", "external_id": "PAT-1001",
        "sync": ["status": "pending", "synced_at": nil, "message": nil],
        "created_at": "2025-12-22T17:15:01+00:00", "updated_at": "2025-12-22T17:15:01+00:00",
    ]
}
