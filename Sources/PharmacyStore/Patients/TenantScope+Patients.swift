package import PharmacyDomain

extension TenantScope {
    /// Counts one more change of the tenant's patients, whose number `change` is then until the transaction is over.
    private func nextChange(patients added: Int) throws {
        try db.send(
            """
            UPDATE tenants SET change_sequence = change_sequence + 1, patient_count = patient_count + $2 WHERE id = $1
            """, [tenantValue, SQLValue(added)])
    }

    /// The number of the tenant's latest change of patients.
    private static let change: SQL = "(SELECT change_sequence FROM tenants WHERE id = $1)"

    private func sealedEmail(_ patient: Patient) throws -> SQLValue {
        .blob(try seal(Array(patient.details.email.lowercased().utf8), "email", patient.id.description))
    }

    private func sealedDocument(_ patient: Patient) throws -> SQLValue {
        .blob(try seal(patient.document.bytes, "patient", patient.id.description))
    }

    /// Other patients of the tenant that look like the same person, newest first, 20 at most.
    package func patientsLike(_ details: PatientDetails) throws -> [PatientID] {
        let (digest, previous) = (
            digest(details.likeness, "likeness"), previousDigest(details.likeness, "likeness")
        )
        // One digest at a time, so that the index has them in the order asked for, however many are alike.
        let found = try (previous == digest ? [digest] : [digest, previous]).flatMap { digest in
            try db.rows(
                """
                SELECT id, uuid FROM patients WHERE tenant_id = $1 AND likeness = $2 AND deleted_at IS NULL
                ORDER BY id DESC LIMIT 20
                """, [tenantValue, .blob(digest)]
            ) { (row: try $0.integer(0), id: PatientID(try $0.text(1))) }
        }
        return found.sorted { $0.row > $1.row }.prefix(20).compactMap(\.id)
    }

    package func insertPatient(_ patient: Patient) throws {
        try nextChange(patients: 1)
        try db.send(
            """
            INSERT INTO patients (tenant_id, uuid, external_id, likeness, email, document, created_at, updated_at,
                change_sequence)
            VALUES ($1, $2, $3, $4, $5, $6, $7, $8,
            """ + TenantScope.change + ")",
            [
                tenantValue, .text(patient.id.description), SQLValue(patient.details.externalID),
                .blob(digest(patient.details.likeness, "likeness")), try sealedEmail(patient),
                try sealedDocument(patient), .integer(patient.createdAt.milliseconds),
                .integer(patient.updatedAt.milliseconds),
            ])
    }

    package func updatePatient(_ patient: Patient) throws {
        try nextChange(patients: 0)
        try db.send(
            """
            UPDATE patients SET external_id = $3, likeness = $4, email = $5, document = $6, updated_at = $7,
                change_sequence =
            """ + TenantScope.change + "WHERE tenant_id = $1 AND uuid = $2 AND deleted_at IS NULL",
            [
                tenantValue, .text(patient.id.description), SQLValue(patient.details.externalID),
                .blob(digest(patient.details.likeness, "likeness")), try sealedEmail(patient),
                try sealedDocument(patient), .integer(patient.updatedAt.milliseconds),
            ])
    }

    /// Erases a patient's record; a row without content stays, so that indexes elsewhere learn of it.
    /// - Returns: whether there was one.
    package func deletePatient(_ id: PatientID, at now: Timestamp) throws -> Bool {
        let changed = try db.run(
            """
            UPDATE patients SET deleted_at = $3, document = NULL, email = NULL, likeness = NULL, external_id = NULL,
                updated_at = $3
            WHERE tenant_id = $1 AND uuid = $2 AND deleted_at IS NULL
            """, [tenantValue, .text(id.description), .integer(now.milliseconds)])
        guard changed > 0 else { return false }
        try nextChange(patients: -1)
        try db.send(
            "UPDATE patients SET change_sequence =" + TenantScope.change + "WHERE tenant_id = $1 AND uuid = $2",
            [tenantValue, .text(id.description)])
        return true
    }

    /// The patient's document as the API sends it.
    package func patientDocument(_ id: PatientID) throws -> [UInt8]? {
        let sealed = try db.row(
            "SELECT document FROM patients WHERE tenant_id = $1 AND uuid = $2 AND deleted_at IS NULL",
            [tenantValue, .text(id.description)]
        ) { try $0.blob(0) }
        return try sealed.map { try open($0, "patient", id.description) }
    }

    package func patient(_ id: PatientID) throws -> Patient? {
        guard let bytes = try patientDocument(id) else { return nil }
        guard let patient = Patient(document: try StoredJSON.parse(bytes)) else {
            throw StoreError.broken("a patient cannot be read")
        }
        return patient
    }

    // MARK: Lists

    package func patientDocuments(_ filter: PatientFilter, page: PageRequest) throws -> Page<[UInt8]> {
        if let email = filter.email { return try search(email: email, filter, page: page) }
        var conditions: SQL = "WHERE tenant_id = $1 AND deleted_at IS NULL"
        var order: SQL = "ORDER BY id DESC LIMIT $2 OFFSET $3"
        var binds: [SQLValue] = []
        if let externalID = filter.externalID {
            conditions = conditions + "AND external_id =" + bind(externalID, &binds)
        }
        if let since = filter.updatedSince {
            conditions = conditions + "AND updated_at >=" + bind(since, &binds)
            order = "ORDER BY updated_at, id LIMIT $2 OFFSET $3"
        }
        let limits: [SQLValue] = [tenantValue, SQLValue(page.perPage), SQLValue(page.offset)]
        let documents = try db.rows(
            "SELECT uuid, document FROM patients" + conditions + order, limits + binds
        ) { try openPatient($0) }
        let total: Int
        if binds.isEmpty {
            total = try patientCount()
        } else {
            total =
                try db.row(
                    "SELECT COUNT(*), $2, $3 FROM patients" + conditions, limits + binds
                ) { Int(try $0.integer(0)) } ?? 0
        }
        return Page(items: documents, request: page, total: total)
    }

    private func openPatient(_ row: any SQLRow) throws -> [UInt8] {
        try open(try row.blob(1), "patient", try row.text(0))
    }

    private func bind(_ text: String, _ binds: inout [SQLValue]) -> SQL {
        binds.append(.text(text))
        return .bind(binds.count + 3)
    }

    private func bind(_ moment: Timestamp, _ binds: inout [SQLValue]) -> SQL {
        binds.append(.integer(moment.milliseconds))
        return .bind(binds.count + 3)
    }

    private func search(email: String, _ filter: PatientFilter, page: PageRequest) throws -> Page<[UInt8]> {
        let basis = try indexBasis()
        var found = try store.emailIndexes.use(tenantID, keyNumber: key.number, epoch: basis.epoch) { index in
            if index.isAhead(of: basis.newest, at: indexTime) { index = EmailIndex(keyNumber: key.number) }
            if index.sequence < basis.newest { try update(&index) }
            return index.search(Array(email.lowercased().utf8))
        }
        if filter.externalID != nil || filter.updatedSince != nil { found = try narrow(found, filter) }
        let pageRows = found.dropFirst(page.offset).prefix(page.perPage)
        let documents = try pageRows.compactMap { patient in
            try db.row(
                "SELECT uuid, document FROM patients WHERE tenant_id = $1 AND id = $2 AND deleted_at IS NULL",
                [tenantValue, .integer(patient)]
            ) { try openPatient($0) }
        }
        return Page(items: documents, request: page, total: found.count)
    }

    private func narrow(_ found: [Int64], _ filter: PatientFilter) throws -> [Int64] {
        var kept: [(id: Int64, updatedAt: Int64)] = []
        for patient in found {
            let row = try db.row(
                "SELECT external_id, updated_at FROM patients WHERE tenant_id = $1 AND id = $2",
                [tenantValue, .integer(patient)]
            ) { (externalID: try $0.optionalText(0), updatedAt: try $0.integer(1)) }
            guard let row, filter.externalID == nil || row.externalID == filter.externalID,
                row.updatedAt >= filter.updatedSince?.milliseconds ?? Int64.min
            else { continue }
            kept.append((patient, row.updatedAt))
        }
        if filter.updatedSince != nil { kept.sort { ($0.updatedAt, $0.id) < ($1.updatedAt, $1.id) } }
        return kept.map(\.id)
    }

    /// What an index must be built on: the database's epoch, and the number of the latest change that any of the tenant's
    /// patients has, 0 where there is none.
    private func indexBasis() throws -> (epoch: Epoch, newest: Int64) {
        let found = try db.row(
            """
            SELECT epoch, (SELECT MAX(change_sequence) FROM patients WHERE tenant_id = $1) FROM incarnation
            """, [tenantValue]
        ) { (epoch: Epoch(try $0.text(0)), newest: try $0.optionalInteger(1) ?? 0) }
        guard let found, let epoch = found.epoch else { throw StoreError.broken("the database has no epoch") }
        return (epoch, found.newest)
    }

    private func update(_ index: inout EmailIndex) throws {
        let changes = try db.rows(
            """
            SELECT id, uuid, email, change_sequence FROM patients
            WHERE tenant_id = $1 AND change_sequence > $2 ORDER BY id
            """, [tenantValue, .integer(index.sequence)]
        ) { row in
            let email = try row.optionalBlob(2).map { try open($0, "email", try row.text(1)) }
            return (id: try row.integer(0), email: email, sequence: try row.integer(3))
        }
        for change in changes { index.apply(patient: change.id, email: change.email, sequence: change.sequence) }
        if !changes.isEmpty { index.advancedAt = store.emailIndexes.advance() }
    }
}

/// JSON that was written by this program.
package enum StoredJSON {
    package static func parse(_ bytes: [UInt8]) throws -> JSON {
        do {
            return try JSON.parse(bytes)
        } catch {
            throw StoreError.broken("a stored document is not JSON")
        }
    }
}
