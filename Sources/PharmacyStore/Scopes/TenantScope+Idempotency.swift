package import PharmacyDomain

extension TenantScope {
    /// The outcome that was recorded for a request.
    /// - Parameters:
    ///   - idempotencyKey: the operation and the idempotency key together.
    ///   - body: the body as it was received.
    package func recordedOutcome(key idempotencyKey: String, body: [UInt8], at now: Timestamp) throws -> RecordedOutcome
    {
        let row = try db.row(readOutcome(key: idempotencyKey, at: now)) {
            (name: try $0.blob(0), body: try $0.blob(1), outcome: try $0.blob(2))
        }
        guard let row else { return .none }
        // A record is not re-encrypted with a new data key: only the client can open it, and it expires soon.
        let isCurrent = previousKey == nil || row.name == digest(idempotencyKey, "idempotency-key")
        let key = isCurrent ? key : previousKey ?? key
        guard TokenHash.areEqual(row.body, key.digest(body, as: "idempotency-body")) else { return .otherBody }
        return .same(try outcomeKey(idempotencyKey, of: key).open(row.outcome, as: sealContext("outcome", "")))
    }

    func readOutcome(key idempotencyKey: String, at now: Timestamp) -> SQLRead {
        SQLRead(
            """
            SELECT key_digest, body_digest, outcome FROM idempotency_records
            WHERE tenant_id = $1 AND key_digest IN ($2, $3) AND expires_at > $4
            """,
            [
                tenantValue, .blob(digest(idempotencyKey, "idempotency-key")),
                .blob(previousDigest(idempotencyKey, "idempotency-key")), .integer(now.milliseconds),
            ])
    }

    /// Records an outcome in the transaction of its effect. It is sealed with a key that is also derived from the idempotency key,
    /// of which only a digest is stored: only the client that repeats its request can open the secrets in it.
    package func recordOutcome(
        _ outcome: [UInt8], key idempotencyKey: String, body: [UInt8], at now: Timestamp, retainedFor span: Duration
    ) throws {
        let digest = digest(idempotencyKey, "idempotency-key")
        if previousKey != nil {
            try db.send(
                "DELETE FROM idempotency_records WHERE tenant_id = $1 AND key_digest = $2",
                [tenantValue, .blob(previousDigest(idempotencyKey, "idempotency-key"))])
        }
        // A record that has expired may still be there.
        try db.send(
            """
            INSERT INTO idempotency_records (tenant_id, key_digest, body_digest, outcome, expires_at)
            VALUES ($1, $2, $3, $4, $5)
            ON CONFLICT (tenant_id, key_digest) DO UPDATE
            SET body_digest = excluded.body_digest, outcome = excluded.outcome, expires_at = excluded.expires_at
            """,
            [
                tenantValue, .blob(digest), .blob(key.digest(body, as: "idempotency-body")),
                .blob(try outcomeKey(idempotencyKey, of: key).seal(outcome, as: sealContext("outcome", ""))),
                .integer((now + span).milliseconds),
            ])
    }

    private func outcomeKey(_ idempotencyKey: String, of key: SealingKey) -> RecordCipher {
        key.subkey(secret: Array(idempotencyKey.utf8))
    }
}
