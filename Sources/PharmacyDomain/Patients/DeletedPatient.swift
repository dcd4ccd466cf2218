/// All that remains of a patient who was deleted.
package struct DeletedPatient: Hashable, Sendable {
    package let id: PatientID
    package let deletedAt: Timestamp

    package init(id: PatientID, deletedAt: Timestamp) {
        self.id = id
        self.deletedAt = deletedAt
    }
}
