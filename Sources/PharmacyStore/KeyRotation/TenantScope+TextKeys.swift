package import PharmacyDomain

extension TenantScope {
    /// Recomputes digests of some rows that an earlier version computed from text that was not normalized. Unreadable records
    /// stay unchanged: other work reports them.
    /// - Parameter limit: the most rows that are read, 1 or more.
    /// - Returns: where to continue; `nil`: all rows are done.
    package func convertTextKeys(after position: TextKeyPosition, limit: Int) throws -> TextKeyPosition? {
        switch position {
        case .patients(let row):
            let last = try convertPatients(after: row, limit: limit)
            return last.map(TextKeyPosition.patients) ?? .orders(after: 0)
        case .orders(let row):
            if let last = try convertOrders(after: row, limit: limit) { return .orders(after: last) }
            try db.send("UPDATE tenants SET text_keys = 1 WHERE id = $1", [tenantValue])
            return nil
        }
    }

    /// - Returns: the last row that was read; `nil` when there are no more.
    private func convertPatients(after row: Int64, limit: Int) throws -> Int64? {
        let found = try db.rows(
            """
            SELECT id, uuid, document FROM patients WHERE tenant_id = $1 AND id > $2 AND deleted_at IS NULL
            ORDER BY id LIMIT $3
            """, [tenantValue, .integer(row), SQLValue(limit)]
        ) { (row: try $0.integer(0), id: try $0.text(1), document: try $0.optionalBlob(2)) }
        for row in found {
            // The key that sealed the document also computed the digests.
            guard let sealed = row.document, let key = ownKey(of: sealed),
                let details = openedDocument(sealed, "patient", row.id).flatMap(Patient.init(document:))?.details
            else { continue }
            if !details.duplicateKey.hasSameBytes(as: details.earlierDuplicateKey) {
                try db.send(
                    "UPDATE patients SET likeness = $2 WHERE id = $1",
                    [.integer(row.row), .blob(key.digest(Array(details.duplicateKey.utf8), as: "likeness"))])
            }
            try convert(details.externalID, .externalID, row: row.row, key: key)
        }
        return found.count < limit ? nil : found.last?.row
    }

    /// - Returns: the last row that was read; `nil` when there are no more.
    private func convertOrders(after row: Int64, limit: Int) throws -> Int64? {
        let found = try db.rows(
            """
            SELECT id, uuid, document, patient_snapshot FROM orders WHERE tenant_id = $1 AND id > $2
            ORDER BY id LIMIT $3
            """, [tenantValue, .integer(row), SQLValue(limit)]
        ) { (row: try $0.integer(0), id: try $0.text(1), document: try $0.blob(2), snapshot: try $0.blob(3)) }
        for row in found {
            // Digests are computed when the order is placed, with the key that sealed the patient's snapshot.
            guard let key = ownKey(of: row.snapshot), let document = openedDocument(row.document, "order", row.id)
            else {
                continue
            }
            try convert(document["order_id"]?.text, .reference, row: row.row, key: key)
            try convert(document["customer_id"]?.text, .customerReference, row: row.row, key: key)
        }
        return found.count < limit ? nil : found.last?.row
    }

    /// Recomputes the digest of an identifier that is not in its normal form. `encryptIdentifiers` converts identifiers that
    /// are still in clear.
    private func convert(_ text: String?, _ identifier: PartnerIdentifier, row: Int64, key: SealingKey) throws {
        guard let text, !text.normalized.hasSameBytes(as: text) else { return }
        let digest = key.digest(Array(text.normalized.utf8), as: "\(identifier.kind)")
        try db.send(
            "UPDATE" + identifier.table + "SET" + identifier.column + "= $2 WHERE id = $1 AND" + identifier.column
                + "IS NOT NULL",
            [.integer(row), .blob(digest)])
    }
}

extension SystemScope {
    /// The tenants whose rows may have digests of text that was not normalized.
    package func tenantsWithOutdatedTextKeys() throws -> [TenantID] {
        try db.rows("SELECT uuid FROM tenants WHERE text_keys = 0 ORDER BY id", []) { TenantID(try $0.text(0)) }
            .compactMap(\.self)
    }
}
