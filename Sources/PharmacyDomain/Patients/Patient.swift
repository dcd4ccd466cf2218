/// A person a partner orders medicine for (guide, section 2).
package struct Patient: Hashable, Sendable, Redacted {
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
