package import PharmacyDomain

extension TenantScope {
    /// The patients that match a search, newest first. The page has a number, not a cursor.
    package func patientRepresentations(
        matching search: PatientSearch, page: PageRequest
    ) throws -> Page<Representation> {
        if db.isOnCallersThread { throw LongRead() }
        let basis = try indexBasis()
        var found: [Int64]?
        func narrow(to rows: [Int64]) { found = found.map { intersection($0, rows) } ?? rows }
        let needles = search.needles
        if !needles.isEmpty { narrow(to: try rows(containing: needles, in: .details, basis)) }
        if let email = search.email { narrow(to: try rows(containing: [email.comparisonKey], in: .email, basis)) }
        if let externalID = search.externalID { narrow(to: try rows(withExternalID: externalID)) }
        let all = found ?? []
        let items = try all.dropFirst(page.offset).prefix(page.perPage).compactMap { try representation(inRow: $0) }
        return Page(items: items, request: page, total: all.count)
    }

    /// The rows of patients with exactly this reference, newest first.
    private func rows(withExternalID externalID: String) throws -> [Int64] {
        var binds = [tenantValue]
        let condition = condition(externalID, .externalID) { value in
            binds.append(value)
            return .bind(binds.count)
        }
        return try db.rows(
            "SELECT id FROM patients WHERE tenant_id = $1 AND" + condition + "AND deleted_at IS NULL ORDER BY id DESC",
            binds
        ) { try $0.integer(0) }
    }

    private func representation(inRow row: Int64) throws -> Representation? {
        try db.row(
            "SELECT uuid, document FROM patients WHERE tenant_id = $1 AND id = $2 AND deleted_at IS NULL",
            [tenantValue, .integer(row)]
        ) { try patientRepresentation(try $0.blob(1), try $0.text(0)) }
    }

    func search(email: String, _ filter: PatientFilter, _ walk: ListWalk) throws -> Page<Representation> {
        let basis = try indexBasis()
        let rows = try rows(containing: [email.comparisonKey], in: .email, basis)
        func page<Place>(of all: [Place], isMet: (Place) -> Bool) -> ArraySlice<Place> {
            all.drop(while: isMet).dropFirst(walk.request.offset).prefix(walk.limit)
        }
        let (total, positions): (Int, [ListPosition])
        if filter.isNarrowed {
            let narrowed = try narrow(rows, filter)
            total = narrowed.count
            positions = Array(
                page(of: narrowed) { position in walk.hasPassed(position, byChange: filter.runsByChange) })
        } else {
            total = rows.count
            positions = page(of: rows) { $0 >= walk.position?.row ?? .max }.map { ListPosition(row: $0) }
        }
        return try walk.page(positions, position: \.self) {
            ListCount(total: total, epoch: basis.epoch)
        } item: { patient in
            try representation(inRow: patient.row)
        }
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

    /// The rows of the patients whose text contains all needles, newest first.
    private func rows(
        containing needles: [String], in content: PatientIndex.Content, _ basis: (epoch: Epoch, newest: Int64)
    ) throws -> [Int64] {
        let isBrief = db.isOnCallersThread
        let found = try memory.patientIndexes.use(
            tenantID, content, keyNumber: key.number, epoch: basis.epoch, isWaiting: !isBrief
        ) { index -> [Int64]? in
            if index.isAhead(of: basis.newest, at: indexTime) { index = PatientIndex(keyNumber: key.number) }
            if isBrief, basis.newest - index.sequence > StoreLimits.changesIndexedDirectly { return nil }
            if index.sequence < basis.newest { try update(&index, content) }
            var common: [Int64]?
            for needle in needles {
                let limit = isBrief ? StoreLimits.addressesSearchedDirectly : .max
                guard let rows = index.search(BytePattern(needle.utf8), examining: limit) else { return nil }
                common = common.map { intersection($0, rows) } ?? rows
            }
            return common
        }
        guard let rows = found ?? nil else { throw LongRead() }
        return rows
    }

    private func update(_ index: inout PatientIndex, _ content: PatientIndex.Content) throws {
        let changes = try db.rows(
            """
            SELECT id, uuid, email, change_sequence FROM patients
            WHERE tenant_id = $1 AND change_sequence > $2 ORDER BY id
            """, [tenantValue, .integer(index.sequence)]
        ) { row in
            let id = try row.text(1)
            let texts = try row.optionalBlob(2).map { PatientSearchTexts(bytes: try open($0, "email", id)) }
            return (row: try row.integer(0), id: id, texts: texts, sequence: try row.integer(3))
        }
        for change in changes {
            let text: [UInt8]? =
                switch content {
                case .email: change.texts?.email
                case .details: try change.texts.map { try $0.details ?? searchText(of: change.id) }
                }
            index.apply(patient: change.row, text: text, sequence: change.sequence)
        }
        if !changes.isEmpty { index.advancedAt = memory.patientIndexes.advance() }
    }

    /// The search text of a patient whose row is older than search texts.
    private func searchText(of id: String) throws -> [UInt8] {
        let details = try PatientID(id).flatMap { try patient($0)?.details }
        return details.map { Array($0.searchText.utf8) } ?? []
    }
}

/// The rows that are in both lists, which descend.
private func intersection(_ one: [Int64], _ other: [Int64]) -> [Int64] {
    let rows = Set(other)
    return one.filter(rows.contains)
}
