import PharmacyDomain

/// The prescriber of an order on the wire.
enum PrescriberResource {
    private typealias Member<Value: Sendable> = ResourceMember<Prescriber, Value>

    static let members = RequestResource(
        Prescriber.init(name:npi:licenseNumber:licenseState:deaNumber:),
        Member<String>(
            "name", { $0.name }, .text(PrescriberRules.name), "At most 100 characters.", example: "Ada Wells, MD"),
        Member<String>(
            "npi", { $0.npi }, .text(PrescriberRules.npi, pattern: "^[12][0-9]{9}$"),
            "National Provider Identifier: 10 digits, the last of which is a check digit.", example: "1234567893"),
        Member<String?>(
            "license_number", { $0.licenseNumber }, .optional(.text(PrescriberRules.licenseNumber)),
            "At most 35 characters.", example: "036-123456"),
        Member<String?>(
            "license_state", { $0.licenseState }, .optional(.oneOf(PatientRules.states, PatientRules.state)),
            "The state that has issued the license.", example: "IL"),
        Member<String?>(
            "dea_number", { $0.deaNumber },
            .optional(.text(PrescriberRules.deaNumber, pattern: "^[A-Z][A-Z9][0-9]{7}$")),
            "Registration with the DEA, for schedules 2 to 5 only. The last digit is a check digit.", example: nil))

    static let type = WireType<Prescriber>.object(members, request: "NewPrescriber", response: "Prescriber")

    /// The components of the document.
    static let components: [(name: String, schema: Schema)] = [
        ("NewPrescriber", members.schema),
        ("Prescriber", ResponseResource(members.responseMembers, example: members.example).schema),
    ]
}
