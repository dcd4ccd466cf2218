/// What a partner says of a patient; every value has passed the guide's validation rules.
package struct PatientDetails: Hashable, Sendable, Redacted {
    package var firstName: String
    package var middleName: String?
    package var lastName: String
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

    /// What two records of one person have in common: the name as `String.comparisonKey` has it, birth date, the five digits
    /// of the ZIP code. Compared in digest form only.
    package var duplicateKey: String { duplicateKey(firstName.comparisonKey, lastName.comparisonKey) }

    /// The same as earlier versions made it, of names in lower case; mostly no other.
    package var earlierDuplicateKey: String { duplicateKey(firstName.lowercased(), lastName.lowercased()) }

    private func duplicateKey(_ firstName: String, _ lastName: String) -> String {
        [firstName, lastName, dateOfBirth.description, String(zip.prefix(5))].joined(separator: "\u{0}")
    }
}
