internal import PharmacyDomain

extension TenantScope {
    /// Re-encrypts a page of records of one kind.
    /// - Parameter after: the row after which the page begins.
    func reencrypt(_ step: Reencryption.Step, after: Int64, limit: Int) throws -> ReencryptedRecords {
        switch step {
        case .patients: try reencryptPatients(after: after, limit: limit)
        case .orders: try reencryptOrders(after: after, limit: limit)
        case .events: try reencryptEvents(after: after, limit: limit)
        case .endpoints: try reencryptEndpoints(after: after, limit: limit)
        case .attempts: try reencryptAttempts(after: after, limit: limit)
        case .webhookSecrets: try reencryptWebhookSecrets()
        case .registeredEndpoints: try reencryptRegisteredEndpoints(after: after, limit: limit)
        }
    }

    /// The same content, sealed with the present data key; `nil` where it already is.
    private func reencrypted(_ sealed: [UInt8], _ kind: StaticString, _ id: String) throws -> [UInt8]? {
        guard try SealingKey.keyNumber(of: sealed) != key.number else { return nil }
        return try seal(try open(sealed, kind, id), kind, id)
    }

    /// Processes the rows of a page.
    /// - Parameter change: returns whether it has changed the row.
    private func process<Row>(
        _ rows: [Row], number: (Row) -> Int64, limit: Int, _ change: (Row) throws -> Bool
    ) throws -> ReencryptedRecords {
        var changed = 0
        var failed: [Int64] = []
        for row in rows {
            do {
                if try change(row) { changed += 1 }
            } catch StoreError.sealBroken, StoreError.broken, StoreError.wrongMasterKey {
                failed.append(number(row))
            }
        }
        return ReencryptedRecords(
            last: rows.count < limit ? nil : rows.last.map(number), records: changed, failed: failed)
    }

    private func page(after: Int64, limit: Int) -> [SQLValue] { [tenantValue, .integer(after), SQLValue(limit)] }

    private func reencryptPatients(after: Int64, limit: Int) throws -> ReencryptedRecords {
        let rows = try db.rows(
            """
            SELECT id, uuid, email, document FROM patients
            WHERE tenant_id = $1 AND id > $2 AND deleted_at IS NULL ORDER BY id LIMIT $3
            """, page(after: after, limit: limit)
        ) { (row: try $0.integer(0), id: try $0.text(1), email: try $0.blob(2), document: try $0.blob(3)) }
        return try process(rows, number: \.row, limit: limit) { found in
            guard try SealingKey.keyNumber(of: found.document) != key.number else { return false }
            let record = try open(found.document, "patient", found.id)
            let patient = try Patient(stored: try StoredRecord(record, id: found.id).document())
            try db.send(
                """
                UPDATE patients SET external_id_in_clear = NULL, external_id_digest = $5, likeness = $2, email = $3,
                    document = $4
                WHERE id = $1
                """,
                [
                    .integer(found.row), .blob(digest(patient.details.duplicateKey, "likeness")),
                    .blob(try reencrypted(found.email, "email", found.id) ?? found.email),
                    .blob(try seal(record, "patient", found.id)),
                    identifierDigest(patient.details.externalID, .externalID),
                ])
            return true
        }
    }

    private func reencryptOrders(after: Int64, limit: Int) throws -> ReencryptedRecords {
        let rows = try db.rows(
            """
            SELECT id, uuid, document, patient_snapshot FROM orders WHERE tenant_id = $1 AND id > $2
            ORDER BY id LIMIT $3
            """, page(after: after, limit: limit)
        ) { (row: try $0.integer(0), id: try $0.text(1), document: try $0.blob(2), snapshot: try $0.blob(3)) }
        return try process(rows, number: \.row, limit: limit) { found in
            // Every change of an order seals its document, but not the patient's snapshot: an order whose snapshot is under the
            // present key was placed under it. The digests were made then, or since then by a change of the order.
            let document = try reencrypted(found.document, "order", found.id)
            let snapshot = try reencrypted(found.snapshot, "snapshot", found.id)
            guard document != nil || snapshot != nil else { return false }
            let sealed = document ?? found.document
            let order = try Order(
                stored: try StoredRecord(try open(sealed, "order", found.id), id: found.id).document())
            try db.send(
                """
                UPDATE orders SET document = $2, patient_snapshot = $3, reference_in_clear = NULL,
                    customer_reference_in_clear = NULL, reference_digest = $4, customer_reference_digest = $5,
                    likeness = $6
                WHERE id = $1
                """,
                [
                    .integer(found.row), .blob(sealed), .blob(snapshot ?? found.snapshot),
                    identifierDigest(order.terms.reference, .reference),
                    identifierDigest(order.terms.customerReference, .customerReference),
                    .blob(digest(order.likeness, TenantScope.orderLikeness)),
                ])
            return true
        }
    }

    private func reencryptEvents(after: Int64, limit: Int) throws -> ReencryptedRecords {
        let rows = try db.rows(
            """
            SELECT tenant_sequence, uuid, payload FROM order_events WHERE tenant_id = $1 AND tenant_sequence > $2
            ORDER BY tenant_sequence LIMIT $3
            """, page(after: after, limit: limit)
        ) { (row: try $0.integer(0), id: try $0.text(1), payload: try $0.blob(2)) }
        return try process(rows, number: \.row, limit: limit) { found in
            guard let payload = try reencrypted(found.payload, "event", found.id) else { return false }
            try db.send(
                "UPDATE order_events SET payload = $3 WHERE tenant_id = $1 AND uuid = $2",
                [tenantValue, .text(found.id), .blob(payload)])
            return true
        }
    }

    private func reencryptEndpoints(after: Int64, limit: Int) throws -> ReencryptedRecords {
        let rows = try db.rows(
            "SELECT id, url FROM webhook_endpoints WHERE tenant_id = $1 AND id > $2 ORDER BY id LIMIT $3",
            page(after: after, limit: limit)
        ) { (row: try $0.integer(0), url: try $0.blob(1)) }
        return try process(rows, number: \.row, limit: limit) { found in
            guard let url = try reencrypted(found.url, "webhook-url", "") else { return false }
            let text = String(decoding: try open(url, "webhook-url", ""), as: UTF8.self)
            try db.send(
                "UPDATE webhook_endpoints SET url = $2, url_digest = $3, destination = $4 WHERE id = $1",
                [
                    .integer(found.row), .blob(url), .blob(digest(text, "webhook-url")),
                    .integer(destination(of: WebhookURL(stored: text))),
                ])
            return true
        }
    }

    /// Pages of deliveries with their attempts, which have no tenant column.
    private func reencryptAttempts(after: Int64, limit: Int) throws -> ReencryptedRecords {
        let deliveries = try db.rows(
            "SELECT id FROM webhook_deliveries WHERE tenant_id = $1 AND id > $2 ORDER BY id LIMIT $3",
            page(after: after, limit: limit)
        ) { try $0.integer(0) }
        var changed = 0
        var failed: [Int64] = []
        for delivery in deliveries {
            let attempts = try db.rows(
                "SELECT id, answer FROM webhook_attempts WHERE delivery_id = $1", [.integer(delivery)]
            ) { (row: try $0.integer(0), answer: try $0.blob(1)) }
            for attempt in attempts {
                do {
                    guard let answer = try reencrypted(attempt.answer, "answer", String(delivery)) else { continue }
                    try db.send(
                        "UPDATE webhook_attempts SET answer = $2 WHERE id = $1",
                        [.integer(attempt.row), .blob(answer)])
                    changed += 1
                } catch StoreError.sealBroken, StoreError.broken, StoreError.wrongMasterKey {
                    failed.append(delivery)
                }
            }
        }
        return ReencryptedRecords(
            last: deliveries.count < limit ? nil : deliveries.last, records: changed, failed: Array(Set(failed)))
    }

    private func reencryptRegisteredEndpoints(after: Int64, limit: Int) throws -> ReencryptedRecords {
        let rows = try db.rows(
            "SELECT id, uuid, document FROM registered_endpoints WHERE tenant_id = $1 AND id > $2 ORDER BY id LIMIT $3",
            page(after: after, limit: limit)
        ) { (row: try $0.integer(0), id: try $0.text(1), document: try $0.blob(2)) }
        return try process(rows, number: \.row, limit: limit) { found in
            guard let document = try reencrypted(found.document, "webhook-endpoint", found.id) else { return false }
            try db.send(
                "UPDATE registered_endpoints SET document = $2 WHERE id = $1", [.integer(found.row), .blob(document)])
            return true
        }
    }

    private func reencryptWebhookSecrets() throws -> ReencryptedRecords {
        do {
            try setWebhookSecrets(try webhookSecrets())
            return ReencryptedRecords(last: nil, records: 1)
        } catch StoreError.sealBroken, StoreError.broken, StoreError.wrongMasterKey {
            return ReencryptedRecords(last: nil, records: 0, failed: [0])
        }
    }
}
