package import PharmacyDomain

/// A new patient, and the tenant's other patients that are probably the same person.
package struct CreatedPatient: Hashable, Sendable {
    package let patient: Patient
    package let possibleDuplicates: [PatientID]
}

extension CreatedPatient {
    /// The outcome as it is recorded for an idempotency key.
    var outcome: JSON {
        [
            "document": .string(String(decoding: patient.document.bytes, as: UTF8.self)),
            "duplicates": .array(possibleDuplicates.map { .string($0.description) }),
        ]
    }

    /// Reads back what `outcome` wrote.
    init?(outcome: JSON) {
        guard let text = outcome["document"]?.text, let duplicates = outcome["duplicates"]?.elements,
            let document = try? JSON.parse(Array(text.utf8)), let patient = Patient(document: document)
        else { return nil }
        self.init(
            patient: patient, possibleDuplicates: duplicates.compactMap { $0.text.flatMap(PatientID.init) })
    }
}
