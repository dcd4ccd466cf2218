package import PharmacyDomain

/// A new patient, and those of the tenant that look like the same person.
package struct CreatedPatient: Hashable, Sendable {
    package let document: Document
    package let possibleDuplicates: [PatientID]
}
