/// A person a partner orders medicine for (guide, section 2).
package struct Patient: Identified, Hashable, Sendable, Redacted {
    package let id: PatientID
    package var details: PatientDetails
    package var sync: PatientSync
    package let createdAt: Timestamp
    package var updatedAt: Timestamp

    package init(
        id: PatientID, details: PatientDetails, sync: PatientSync = .pending, createdAt: Timestamp, updatedAt: Timestamp
    ) {
        self.id = id
        self.details = details
        self.sync = sync
        self.createdAt = createdAt
        self.updatedAt = updatedAt
    }
}

/// Whether the pharmacy system (Impetus) knows the patient as the partner does.
package enum PatientSync: Hashable, Sendable {
    case pending
    case synced(at: Timestamp)
    /// - Parameter message: why, without personal data.
    case failed(message: String)
}

package enum Gender: String, CaseIterable, Sendable {
    case male = "M"
    case female = "F"
    case unknown = "U"
}

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
    package var likeness: String { likeness(firstName.comparisonKey, lastName.comparisonKey) }

    /// The same as earlier versions made it, of names in lower case; mostly no other.
    package var earlierLikeness: String { likeness(firstName.lowercased(), lastName.lowercased()) }

    private func likeness(_ firstName: String, _ lastName: String) -> String {
        [firstName, lastName, dateOfBirth.description, String(zip.prefix(5))].joined(separator: "\u{0}")
    }
}
