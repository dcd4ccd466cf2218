package import PharmacyDomain

extension TenantScope {
    /// The digest of an identifier in its normal form, as it is stored; `NULL` without one.
    func identifierDigest(_ text: String?, _ identifier: PartnerIdentifier) -> SQLValue {
        text.map { .blob(digest($0.normalized, identifier.kind)) } ?? .null
    }

    /// The digests that rows may have for an identifier, the present one first: an earlier version did not normalize them.
    private func digests(of text: String, _ identifier: PartnerIdentifier) -> [[UInt8]] {
        digests(of: [text.normalized, text], identifier.kind)
    }

    /// What a row with the identifier `text` contains.
    func identifierMatches(
        _ text: String, _ identifier: PartnerIdentifier
    ) -> (digests: Set<[UInt8]>, clear: String?) {
        (
            Set(digests(of: text, identifier)),
            hasClearIdentifiers ? text : nil
        )
    }

    /// A condition for rows of the identifier's table.
    ///
    /// With one digest, rows come in the order of the index. There are more alternatives during a rotation of the data key, while
    /// rows of an earlier version are in clear, and for text that is not in its normal form. Each alternative then uses an index.
    func condition(_ text: String, _ identifier: PartnerIdentifier, bind: (SQLValue) -> SQL) -> SQL {
        let digests = digests(of: text, identifier)
        guard digests.count > 1 || hasClearIdentifiers else {
            return identifier.column + "=" + bind(.blob(digests[0]))
        }
        func rows(_ column: SQL, _ value: SQLValue) -> SQL {
            "SELECT id FROM" + identifier.table + "WHERE tenant_id = $1 AND" + column + "=" + bind(value)
        }
        var found = rows(identifier.column, .blob(digests[0]))
        for digest in digests.dropFirst() { found = found + "UNION ALL" + rows(identifier.column, .blob(digest)) }
        if hasClearIdentifiers { found = found + "UNION ALL" + rows(identifier.clearColumn, .text(text)) }
        return "id IN (" + found + ")"
    }

    // MARK: Identifiers that earlier versions stored in clear

    /// Replaces some identifiers that an earlier version stored in clear with digests. The rows show which are done, so that the
    /// conversion can be started again at any time.
    /// - Parameter limit: the most rows that are read, 1 or more.
    /// - Returns: where to continue; `nil`: no identifier of the tenant is in clear any more.
    package func encryptIdentifiers(after position: IdentifierPosition, limit: Int) throws -> IdentifierPosition? {
        guard hasClearIdentifiers else { return nil }
        switch position {
        case .patients(let row):
            let last = try encryptPatientIdentifiers(after: row, limit: limit)
            return last.map(IdentifierPosition.patients) ?? .orders(after: 0)
        case .orders(let row):
            if let last = try encryptOrderIdentifiers(after: row, limit: limit) { return .orders(after: last) }
            guard try !isAnythingClear() else { return .start }
            try db.send("UPDATE tenants SET clear_identifiers = 0 WHERE id = $1", [tenantValue])
            return nil
        }
    }

    /// - Returns: the last row that was read; `nil` when there are no more.
    private func encryptPatientIdentifiers(after row: Int64, limit: Int) throws -> Int64? {
        let found = try db.rows(
            """
            SELECT id, external_id_in_clear FROM patients WHERE tenant_id = $1 AND id > $2 AND deleted_at IS NULL
            ORDER BY id LIMIT $3
            """, [tenantValue, .integer(row), SQLValue(limit)]
        ) { (row: try $0.integer(0), externalID: try $0.optionalText(1)) }
        for patient in found where patient.externalID != nil {
            try db.send(
                "UPDATE patients SET external_id_in_clear = NULL, external_id_digest = $2 WHERE id = $1",
                [.integer(patient.row), identifierDigest(patient.externalID, .externalID)])
        }
        return found.count < limit ? nil : found.last?.row
    }

    /// - Returns: the last row that was read; `nil` when there are no more.
    private func encryptOrderIdentifiers(after row: Int64, limit: Int) throws -> Int64? {
        let found = try db.rows(
            """
            SELECT id, reference_in_clear, customer_reference_in_clear FROM orders WHERE tenant_id = $1 AND id > $2
            ORDER BY id LIMIT $3
            """, [tenantValue, .integer(row), SQLValue(limit)]
        ) { (row: try $0.integer(0), reference: try $0.optionalText(1), customer: try $0.optionalText(2)) }
        for order in found where order.reference != nil || order.customer != nil {
            // Either may be a digest already, if the data key was rotated meanwhile.
            try db.send(
                """
                UPDATE orders SET reference_in_clear = NULL, customer_reference_in_clear = NULL,
                    reference_digest = COALESCE($2, reference_digest),
                    customer_reference_digest = COALESCE($3, customer_reference_digest)
                WHERE id = $1
                """,
                [
                    .integer(order.row), identifierDigest(order.reference, .reference),
                    identifierDigest(order.customer, .customerReference),
                ])
        }
        return found.count < limit ? nil : found.last?.row
    }

    private func isAnythingClear() throws -> Bool {
        let queries: [SQL] = [
            """
            SELECT id FROM patients
            WHERE tenant_id = $1 AND external_id_in_clear IS NOT NULL AND deleted_at IS NULL LIMIT 1
            """,
            "SELECT id FROM orders WHERE tenant_id = $1 AND reference_in_clear IS NOT NULL LIMIT 1",
            "SELECT id FROM orders WHERE tenant_id = $1 AND customer_reference_in_clear IS NOT NULL LIMIT 1",
        ]
        return try queries.contains { try db.row($0, [tenantValue]) { try $0.integer(0) } != nil }
    }
}

extension SystemScope {
    /// The tenants with identifiers that an earlier version stored in clear.
    package func tenantsWithClearIdentifiers() throws -> [TenantID] {
        try db.rows("SELECT uuid FROM tenants WHERE clear_identifiers = 1 ORDER BY id", []) {
            TenantID(try $0.text(0))
        }.compactMap(\.self)
    }
}
