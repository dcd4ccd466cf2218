/// What patients are searched for: all of it must match. Unlike a filter of a list it is in the body of a request, because no
/// personal data may be in a URL.
package struct PatientSearch: Hashable, Sendable, Redacted {
    /// Words, each of which any of the names must contain, case-insensitively.
    package let name: String?
    package let dateOfBirth: CalendarDate?
    /// Ten digits; any of the phone numbers.
    package let phone: String?
    /// Any part of the address, case-insensitively.
    package let email: String?
    package let externalID: String?

    package init(name: String?, dateOfBirth: CalendarDate?, phone: String?, email: String?, externalID: String?) {
        self.name = name
        self.dateOfBirth = dateOfBirth
        self.phone = phone
        self.email = email
        self.externalID = externalID
    }

    /// Whether it would find everybody.
    package var isEmpty: Bool {
        name == nil && dateOfBirth == nil && phone == nil && email == nil && externalID == nil
    }

    /// The texts that a patient's `searchText` must contain.
    package var needles: [String] {
        let words = name.map { $0.comparisonKey.split(separator: " ").map(String.init) } ?? []
        let fields = [dateOfBirth?.description, phone].compactMap(\.self)
        return words + fields.map { PatientSearch.separator + $0 + PatientSearch.separator }
    }

    /// Around each field of a search text. No field contains it.
    static let separator = "\u{1}"
}

extension PatientDetails {
    /// What a search by name, date of birth and phone number looks at, in one line.
    package var searchText: String {
        let names = [firstName, middleName, lastName, suffix].compactMap(\.self).joined(separator: " ").comparisonKey
        let fields = [names, dateOfBirth.description] + [phoneHome, phoneWork, phoneCell].compactMap(\.self)
        return PatientSearch.separator
            + fields.map { $0 + PatientSearch.separator }.joined()
    }
}
