/// What a partner records about a patient (guide, section 2). Every value follows `PatientRules`.
package struct PatientDetails: Hashable, Sendable, Redacted {
    package var firstName: String
    package var middleName: String?
    package var lastName: String
    package var suffix: String?
    package var dateOfBirth: CalendarDate
    package var gender: Gender
    package var email: String
    package var phoneHome: String?
    package var phoneWork: String?
    package var phoneCell: String?
    package var address1: String
    package var address2: String?
    package var city: String
    package var state: String
    package var zip: String
    package var externalID: String?
    /// What the patient is allergic to.
    package var allergies: [String]
    /// What the patient is diagnosed with.
    package var conditions: [String]
    /// What the patient takes besides what is ordered here.
    package var medications: [String]

    package init(
        firstName: String, middleName: String?, lastName: String, suffix: String?, dateOfBirth: CalendarDate,
        gender: Gender, email: String, phoneHome: String?, phoneWork: String?, phoneCell: String?, address1: String,
        address2: String?, city: String, state: String, zip: String, externalID: String?, allergies: [String],
        conditions: [String], medications: [String]
    ) {
        self.firstName = firstName
        self.middleName = middleName
        self.lastName = lastName
        self.suffix = suffix
        self.dateOfBirth = dateOfBirth
        self.gender = gender
        self.email = email
        self.phoneHome = phoneHome
        self.phoneWork = phoneWork
        self.phoneCell = phoneCell
        self.address1 = address1
        self.address2 = address2
        self.city = city
        self.state = state
        self.zip = zip
        self.externalID = externalID
        self.allergies = allergies
        self.conditions = conditions
        self.medications = medications
    }

    private typealias Member<Value: Sendable> = StoredMember<PatientDetails, Value>

    /// The members in the order in which they are stored, each with its rule.
    static let members = StoredMembers(
        PatientDetails.init,
        Member<String>("first_name", { $0.firstName }, PatientRules.name),
        Member<String?>("middle_name", { $0.middleName }, PatientRules.name),
        Member<String>("last_name", { $0.lastName }, PatientRules.name),
        Member<String?>("suffix", { $0.suffix }, PatientRules.suffix),
        Member<CalendarDate>(
            "date_of_birth", { $0.dateOfBirth }, write: { .string($0.description) },
            read: { $0?.text.flatMap(CalendarDate.init) }),
        Member<Gender>(
            "gender", { $0.gender }, write: { .string($0.rawValue) },
            read: { $0?.text.flatMap(Gender.init(rawValue:)) }),
        Member<String>("email", { $0.email }, PatientRules.email),
        Member<String?>("phone_home", { $0.phoneHome }, PatientRules.phone),
        Member<String?>("phone_work", { $0.phoneWork }, PatientRules.phone),
        Member<String?>("phone_cell", { $0.phoneCell }, PatientRules.phone),
        Member<String>("address1", { $0.address1 }, PatientRules.addressLine),
        Member<String?>("address2", { $0.address2 }, PatientRules.addressLine),
        Member<String>("city", { $0.city }, PatientRules.addressLine),
        Member<String>("state", { $0.state }, PatientRules.state),
        Member<String>("zip", { $0.zip }, PatientRules.zip),
        Member<String?>("external_id", { $0.externalID }, PatientRules.externalID),
        Member<[String]>("allergies", { $0.allergies }, PatientRules.healthList),
        Member<[String]>("conditions", { $0.conditions }, PatientRules.healthList),
        Member<[String]>("medications", { $0.medications }, PatientRules.healthList))

    /// Checks every rule, for values that were made in code rather than read from a request.
    /// - Parameters:
    ///   - today: the day in UTC that the date of birth must lie before.
    ///   - old: the details that were changed; what is the same there is not checked.
    /// - Throws: every violation at once.
    package func validate(
        today: CalendarDate, changedFrom old: PatientDetails? = nil
    ) throws(ValidationErrors) {
        var errors = PatientDetails.members.violations(in: self, changedFrom: old)
        if dateOfBirth != old?.dateOfBirth, let violation = PatientRules.birthDateViolation(dateOfBirth, today: today) {
            errors.add("date_of_birth", "date_of_birth \(violation)")
        }
        try errors.throwIfAny()
    }

    /// What two records of one person have in common: the name as `String.comparisonKey` has it, the date of birth, and the
    /// first five digits of the ZIP code. Only digests of it are compared.
    package var duplicateKey: String { duplicateKey(firstName.comparisonKey, lastName.comparisonKey) }

    /// The key that earlier versions made, with names in lower case; for most names it is the same.
    package var earlierDuplicateKey: String { duplicateKey(firstName.lowercased(), lastName.lowercased()) }

    private func duplicateKey(_ firstName: String, _ lastName: String) -> String {
        [firstName, lastName, dateOfBirth.description, String(zip.prefix(5))].joined(separator: "\u{0}")
    }
}
