package import PharmacyDomain

extension TenantScope {
    private func sealedSearchTexts(_ patient: Patient) throws -> SQLValue {
        .blob(try seal(PatientSearchTexts(patient.details).bytes, "email", patient.id.description))
    }

    private func storedRecord(of patient: Patient) -> StoredRecord {
        StoredRecord(patient, id: patient.id.description, memory.renderings.patient, document: \.document)
    }

    func openRecord(_ sealed: [UInt8], _ id: String) throws -> StoredRecord {
        try StoredRecord(try open(sealed, "patient", id), id: id)
    }

    func patientRepresentation(_ sealed: [UInt8], _ id: String) throws -> Representation {
        try openRecord(sealed, id).representation(memory.renderings.patient, of: Patient.init(stored:))
    }

    /// Other patients of the tenant that look like the same person, newest first, 20 at most.
    package func patientsLike(_ details: PatientDetails) throws -> [PatientID] {
        // One digest at a time, so that the index has them in the order asked for, however many are alike.
        let found = try digests(of: [details.duplicateKey, details.earlierDuplicateKey], "likeness").flatMap { digest in
            try db.rows(
                """
                SELECT id, uuid FROM patients WHERE tenant_id = $1 AND likeness = $2 AND deleted_at IS NULL
                ORDER BY id DESC LIMIT 20
                """, [tenantValue, .blob(digest)]
            ) { (row: try $0.integer(0), id: PatientID(try $0.text(1))) }
        }
        return found.sorted { $0.row > $1.row }.prefix(20).compactMap(\.id)
    }

    private static let insertedPatient =
        """
        INSERT INTO patients (tenant_id, uuid, external_id_digest, likeness, email, document, created_at, updated_at,
            change_sequence, live_count)
        VALUES ($1, $2, $3, $4, $5, $6, $7, $8,
        """ + newestPatientChange + "+ 1," + livePatients + "+ 1)"

    private static let updatedPatient =
        """
        UPDATE patients SET external_id_in_clear = NULL, external_id_digest = $3, likeness = $4, email = $5,
            document = $6, updated_at = $7, change_sequence =
        """ + newestPatientChange + "+ 1, live_count =" + livePatients
        + "WHERE tenant_id = $1 AND uuid = $2 AND deleted_at IS NULL"

    /// - Parameter patient: made at a time from `stamp(at:)`.
    /// - Returns: the stored representation.
    @discardableResult
    package func insertPatient(_ patient: Patient) throws -> Representation {
        try checkStamp(patient.updatedAt)
        let record = storedRecord(of: patient)
        try db.send(
            TenantScope.insertedPatient,
            [
                tenantValue, .text(patient.id.description),
                identifierDigest(patient.details.externalID, .externalID),
                .blob(digest(patient.details.duplicateKey, "likeness")), try sealedSearchTexts(patient),
                try seal(record, "patient"), .integer(patient.createdAt.milliseconds),
                .integer(patient.updatedAt.milliseconds),
            ])
        noteChange()
        return record.representation
    }

    /// Stores a patient's new state.
    /// - Returns: the patient with the time of the change.
    @discardableResult
    package func updatePatient(_ changed: Patient, at now: Timestamp) throws -> Patient {
        var patient = changed
        patient.updatedAt = try stamp(at: now)
        try db.send(
            TenantScope.updatedPatient,
            [
                tenantValue, .text(patient.id.description),
                identifierDigest(patient.details.externalID, .externalID),
                .blob(digest(patient.details.duplicateKey, "likeness")), try sealedSearchTexts(patient),
                try seal(storedRecord(of: patient), "patient"), .integer(patient.updatedAt.milliseconds),
            ])
        noteChange()
        return patient
    }

    /// Erases a patient's record; a row without content stays, so that indexes elsewhere learn of it.
    /// - Returns: whether there was one.
    package func deletePatient(_ id: PatientID, at now: Timestamp) throws -> Bool {
        noteErasure()
        noteChange()
        return try db.run(
            """
            UPDATE patients SET deleted_at = $3, document = NULL, email = NULL, likeness = NULL,
                external_id_in_clear = NULL, external_id_digest = NULL, updated_at = $3, change_sequence =
            """ + TenantScope.newestPatientChange + "+ 1, live_count =" + TenantScope.livePatients
                + "- 1 WHERE tenant_id = $1 AND uuid = $2 AND deleted_at IS NULL",
            [tenantValue, .text(id.description), .integer(try stamp(at: now).milliseconds)]) > 0
    }

    private func sealedPatient(_ id: PatientID) throws -> [UInt8]? { try db.row(readPatient(id)) { try $0.blob(0) } }

    func readPatient(_ id: PatientID) -> SQLRead {
        SQLRead(
            "SELECT document FROM patients WHERE tenant_id = $1 AND uuid = $2 AND deleted_at IS NULL",
            [tenantValue, .text(id.description)])
    }

    package func patientRepresentation(_ id: PatientID) throws -> Representation? {
        try sealedPatient(id).map { try patientRepresentation($0, id.description) }
    }

    package func patient(_ id: PatientID) throws -> Patient? {
        try sealedPatient(id).map { try Patient(stored: try openRecord($0, id.description).document()) }
    }

    // MARK: Lists

    /// Newest first, or by change, oldest change first, if the filter has a start. Deleted patients, where it includes
    /// them, are `{"uuid", "deleted_at"}`.
    /// - Throws: `ListCursor.Fault`.
    package func patientRepresentations(
        _ filter: PatientFilter, page: PageRequest
    ) throws -> Page<Representation> {
        let walk = try ListWalk(
            page, of: "patients",
            filters: [
                JSON(filter.email), JSON(filter.externalID), JSON(milliseconds: filter.updatedSince),
                .bool(filter.listsDeleted),
            ], in: self)
        let isBrief = filter.email != nil && !filter.isNarrowed && walk.limit <= StoreLimits.rowsReadDirectly
        if db.isOnCallersThread, !isBrief { throw LongRead() }
        if let email = filter.email { return try search(email: email, filter, walk) }
        var conditions: SQL = "WHERE tenant_id = $1"
        var binds: [SQLValue] = [tenantValue, SQLValue(walk.limit), SQLValue(page.offset)]
        if let externalID = filter.externalID {
            conditions = conditions + "AND" + condition(externalID, .externalID) { bind($0, &binds) }
        }
        if let position = walk.position {
            conditions =
                conditions
                + (filter.runsByChange
                    ? "AND (updated_at, change_sequence) > (" + bind(.integer(position.updatedAt), &binds) + ","
                        + bind(.integer(position.change), &binds) + ")"
                    : "AND id <" + bind(.integer(position.row), &binds))
        } else if let since = filter.updatedSince {
            conditions = conditions + "AND updated_at >=" + bind(.integer(since.milliseconds), &binds)
        }
        let found = try db.rows(TenantScope.listed(filter, conditions), binds, ListedPatient.init)
        return try walk.page(found, position: \.position) {
            guard filter.isNarrowed else { return try counted(TenantScope.livePatients, "", [tenantValue]) }
            return filter.listsDeleted
                ? try counted(TenantScope.countOfHalves(conditions), "", binds)
                : try counted("COUNT(*)", "FROM patients" + conditions + TenantScope.live, binds)
        } item: { patient in
            try representation(of: patient)
        }
    }

    /// A row of the list, still sealed.
    private struct ListedPatient {
        let uuid: String
        let document: [UInt8]?
        let position: ListPosition
        let deletedAt: Timestamp?

        static let columns: SQL = "SELECT uuid, document, updated_at, change_sequence, id, deleted_at FROM patients"

        init(_ row: any SQLRow) throws {
            uuid = try row.text(0)
            document = try row.optionalBlob(1)
            position = ListPosition(
                updatedAt: try row.integer(2), change: try row.integer(3), row: try row.integer(4))
            deletedAt = try row.optionalTimestamp(5)
        }
    }

    private func representation(of patient: ListedPatient) throws -> Representation {
        if let deletedAt = patient.deletedAt {
            guard let id = PatientID(patient.uuid) else { throw StoreError.broken("a patient has no uuid") }
            return memory.renderings.deletedPatient.representation(
                of: DeletedPatient(id: id, deletedAt: deletedAt), id: patient.uuid)
        }
        guard let sealed = patient.document else { throw StoreError.broken("a patient has no document") }
        return try patientRepresentation(sealed, patient.uuid)
    }

    private static let live: SQL = "AND deleted_at IS NULL"
    private static let deleted: SQL = "AND deleted_at IS NOT NULL"

    private static func listed(_ filter: PatientFilter, _ conditions: SQL) -> SQL {
        // The order of changes: times of a tenant ascend with the numbers of its changes.
        let byChange: SQL = "ORDER BY updated_at, change_sequence LIMIT"
        guard filter.listsDeleted else {
            return ListedPatient.columns + conditions + live
                + (filter.runsByChange ? byChange : "ORDER BY id DESC LIMIT") + "$2 OFFSET $3"
        }
        // Each half comes from an index of its own in the order asked for, and no further than the page reaches.
        func half(_ state: SQL) -> SQL {
            "SELECT * FROM (" + ListedPatient.columns + conditions + state + byChange
                + "CAST($2 AS BIGINT) + CAST($3 AS BIGINT))"
        }
        return "SELECT * FROM (" + half(live) + "AS living UNION ALL" + half(deleted) + "AS gone) AS changed" + byChange
            + "$2 OFFSET $3"
    }

    private static func countOfHalves(_ conditions: SQL) -> SQL {
        func half(_ state: SQL) -> SQL { "(SELECT COUNT(*) FROM patients" + conditions + state + ")" }
        return half(live) + "+" + half(deleted)
    }

    private func bind(_ value: SQLValue, _ binds: inout [SQLValue]) -> SQL {
        binds.append(value)
        return .bind(binds.count)
    }

    func narrow(_ found: [Int64], _ filter: PatientFilter) throws -> [ListPosition] {
        var positions: [ListPosition] = []
        let wanted = filter.externalID.map { identifierMatches($0, .externalID) }
        for patient in found {
            let row = try db.row(
                """
                SELECT external_id_digest, external_id_in_clear, updated_at, change_sequence FROM patients
                WHERE tenant_id = $1 AND id = $2
                """, [tenantValue, .integer(patient)]
            ) { row in
                (
                    digest: try row.optionalBlob(0), clear: try row.optionalText(1), updatedAt: try row.integer(2),
                    change: try row.integer(3)
                )
            }
            guard let row, row.updatedAt >= filter.updatedSince?.milliseconds ?? Int64.min else { continue }
            if let wanted {
                let isDigest = row.digest.map(wanted.digests.contains) ?? false
                guard isDigest || (row.clear != nil && row.clear == wanted.clear) else { continue }
            }
            positions.append(ListPosition(updatedAt: row.updatedAt, change: row.change, row: patient))
        }
        if filter.runsByChange { positions.sort { ($0.updatedAt, $0.change) < ($1.updatedAt, $1.change) } }
        return positions
    }
}

extension PatientFilter {
    /// Whether it has other conditions than a part of the e-mail address.
    var isNarrowed: Bool { externalID != nil || runsByChange }
}
