internal import PharmacyDomain

extension IntegrityWalk<TenantScope> {
    /// Patients, deleted ones too, by their latest change: one that is changed on the way comes again at the end.
    static var patients: Self { Self("patients", read: PatientRow.page, checks: PatientRow.checks) }
}

private struct PatientRow: IntegrityRecord {
    let position: Int64
    let subject: String
    let externalID: [UInt8]?
    let clearExternalID: String?
    let duplicateKey: [UInt8]?
    let email: [UInt8]?
    let sealed: [UInt8]?
    let createdAt: Int64
    let updatedAt: Int64
    let isDeleted: Bool
    let document: JSON?
    let patient: Patient?

    static func page(_ scope: TenantScope, after: Int64, _ context: IntegrityContext) throws -> [PatientRow] {
        try scope.db.rows(
            """
            SELECT change_sequence, uuid, external_id_digest, likeness, email, document, created_at, updated_at,
                deleted_at, external_id_in_clear
            FROM patients WHERE tenant_id = $1 AND change_sequence > $2 ORDER BY change_sequence LIMIT $3
            """, [scope.tenantValue, .integer(after), SQLValue(context.limit)]
        ) { row in
            let id = try row.text(1)
            let sealed = try row.optionalBlob(5)
            let document = sealed.flatMap { scope.openedDocument($0, "patient", id) }
            return PatientRow(
                position: try row.integer(0), subject: id, externalID: try row.optionalBlob(2),
                clearExternalID: try row.optionalText(9),
                duplicateKey: try row.optionalBlob(3), email: try row.optionalBlob(4), sealed: sealed,
                createdAt: try row.integer(6), updatedAt: try row.integer(7), isDeleted: !row.isNull(8),
                document: document, patient: document.flatMap(Patient.init(document:)))
        }
    }

    static let checks: [IntegrityCheck<PatientRow>] = [
        IntegrityCheck(.patientDocument) { row, _, _ in
            guard !row.isDeleted else { return [] }
            return disagreeing([
                "document": row.patient == nil,
                "uuid": row.patient.map { $0.id.description != row.subject } ?? false,
            ])
        },
        IntegrityCheck(.patientDigests) { row, scope, _ in
            guard !row.isDeleted, let patient = row.patient, let key = row.sealed.flatMap(scope.ownKey(of:)) else {
                return []
            }
            // Both were made by the key of the document, or of the present one where it has been replaced since.
            // An earlier version computed another duplicate key for some names.
            let duplicateKeys = [patient.details.duplicateKey, patient.details.earlierDuplicateKey]
                .map { key.digest(Array($0.utf8), as: "likeness") }
            let texts = row.email.flatMap { scope.opened($0, "email", row.subject) }.map(
                PatientSearchTexts.init(bytes:))
            let expected = PatientSearchTexts(patient.details)
            return disagreeing([
                "likeness": !duplicateKeys.contains { $0 == row.duplicateKey },
                "email": texts?.email != expected.email || texts?.details.map { $0 != expected.details } ?? false,
            ])
        },
        IntegrityCheck(.patientColumns) { row, _, _ in
            guard !row.isDeleted, let document = row.document, row.patient != nil else { return [] }
            return disagreeing([
                "created_at": !document.holds(row.createdAt, in: "created_at"),
                "updated_at": !document.holds(row.updatedAt, in: "updated_at"),
            ])
        },
        IntegrityCheck(.patientReferences) { row, scope, _ in
            guard !row.isDeleted, let patient = row.patient else { return [] }
            let agrees = scope.agrees(
                patient.details.externalID, .externalID, digest: row.externalID, clear: row.clearExternalID)
            return disagreeing(["external_id_digest": !agrees])
        },
        IntegrityCheck(.deletedPatient) { row, _, _ in
            guard row.isDeleted else { return [] }
            return disagreeing([
                "document": row.sealed != nil, "email": row.email != nil, "likeness": row.duplicateKey != nil,
                "external_id_digest": row.externalID != nil, "external_id_in_clear": row.clearExternalID != nil,
            ])
        },
    ]
}
