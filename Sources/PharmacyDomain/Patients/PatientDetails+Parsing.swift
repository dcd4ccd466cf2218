extension PatientDetails {
    /// Reads a whole patient from a request's body.
    /// - Parameter today: the day in UTC that a date of birth must lie before.
    /// - Throws: every problem at once.
    package init(parsing body: JSON, today: CalendarDate) throws(ValidationErrors) {
        var fields = FieldReader(body)
        let parsed = PatientDetails.parse(&fields, merging: nil, today: today)
        try fields.problems.throwIfAny()
        guard let parsed else { throw fields.problems }
        self = parsed
    }

    /// These details with the members the body carries in place of the old ones; `null` clears an optional member.
    package func merging(_ body: JSON, today: CalendarDate) throws(ValidationErrors) -> PatientDetails {
        var fields = FieldReader(body)
        let parsed = PatientDetails.parse(&fields, merging: self, today: today)
        try fields.problems.throwIfAny()
        return parsed ?? self
    }

    private static func parse(
        _ fields: inout FieldReader, merging old: PatientDetails?, today: CalendarDate
    ) -> PatientDetails? {
        let firstName = name("first_name", in: &fields, old: old?.firstName)
        let lastName = name("last_name", in: &fields, old: old?.lastName)
        let middleName = optional("middle_name", in: &fields, old: old?.middleName) {
            name($0, in: &$1, old: nil, required: false)
        }
        let dateOfBirth = required("date_of_birth", in: &fields, old: old?.dateOfBirth) {
            birthDate($0, in: &$1, today: today)
        }
        let gender = required("gender", in: &fields, old: old?.gender) {
            $1.parsed($0, required: true, "\($0) must be M, F or U.", parse: Gender.init(rawValue:))
        }
        let email = required("email", in: &fields, old: old?.email) {
            $1.checked($0, maximum: PatientRules.emailLimit, required: true, fault: PatientRules.emailFault)
        }
        let phoneHome = phone("phone_home", in: &fields, old: old?.phoneHome)
        let phoneWork = phone("phone_work", in: &fields, old: old?.phoneWork)
        let phoneCell = phone("phone_cell", in: &fields, old: old?.phoneCell)
        let address1 = address("address1", in: &fields, old: old?.address1)
        let address2 = optional("address2", in: &fields, old: old?.address2) {
            $1.text($0, maximum: PatientRules.addressLimit)
        }
        let city = address("city", in: &fields, old: old?.city)
        let state = required("state", in: &fields, old: old?.state) {
            $1.checked($0, required: true, fault: PatientRules.stateFault)
        }
        let zip = required("zip", in: &fields, old: old?.zip) {
            $1.checked($0, required: true, fault: PatientRules.zipFault)
        }
        let externalID = optional("external_id", in: &fields, old: old?.externalID) {
            $1.text($0, maximum: PatientRules.externalIDLimit)
        }
        guard let firstName, let lastName, let dateOfBirth, let gender, let email, let address1, let city, let state,
            let zip
        else { return nil }
        return PatientDetails(
            firstName: firstName, middleName: middleName, lastName: lastName, dateOfBirth: dateOfBirth,
            gender: gender, email: email, phoneHome: phoneHome, phoneWork: phoneWork, phoneCell: phoneCell,
            address1: address1, address2: address2, city: city, state: state, zip: zip, externalID: externalID)
    }

    private typealias Reading<Value> = (String, inout FieldReader) -> Value?

    /// A member that must be there in a new patient and may be left out of a change.
    private static func required<Value>(
        _ member: String, in fields: inout FieldReader, old: Value?, _ read: Reading<Value>
    ) -> Value? {
        if let old, !fields.has(member) { return old }
        return read(member, &fields)
    }

    private static func optional<Value>(
        _ member: String, in fields: inout FieldReader, old: Value?, _ read: Reading<Value>
    ) -> Value? {
        fields.has(member) ? read(member, &fields) : old
    }

    private static func name(
        _ member: String, in fields: inout FieldReader, old: String?, required isRequired: Bool = true
    ) -> String? {
        required(member, in: &fields, old: old) { member, fields in
            fields.checked(
                member, maximum: PatientRules.nameLimit, required: isRequired, fault: PatientRules.nameFault)
        }
    }

    private static func phone(_ member: String, in fields: inout FieldReader, old: String?) -> String? {
        optional(member, in: &fields, old: old) {
            $1.checked($0, fault: PatientRules.phoneFault)
        }
    }

    private static func address(_ member: String, in fields: inout FieldReader, old: String?) -> String? {
        required(member, in: &fields, old: old) {
            $1.text($0, maximum: PatientRules.addressLimit, required: true)
        }
    }

    private static func birthDate(
        _ member: String, in fields: inout FieldReader, today: CalendarDate
    ) -> CalendarDate? {
        let text = fields.checked(member, required: true, fault: CalendarDate.fault)
        guard let date = text.flatMap(CalendarDate.init) else { return nil }
        guard date < today else {
            fields.reject(member, "\(member) must be in the past.")
            return nil
        }
        guard date.year >= PatientRules.earliestBirthYear else {
            fields.reject(member, "\(member) must not be before \(PatientRules.earliestBirthYear)-01-01.")
            return nil
        }
        return date
    }
}
