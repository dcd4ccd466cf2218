package import PharmacyDomain

extension TenantScope {
    /// The outcome kept for a request.
    /// - Parameters:
    ///   - key: the operation and the idempotency key together.
    ///   - body: as it came.
    package func recordedOutcome(key idempotencyKey: String, body: [UInt8], at now: Timestamp) throws -> RecordedOutcome
    {
        let digest = digest(idempotencyKey, "idempotency-key")
        let row = try db.row(
            """
            SELECT key_digest, body_digest, outcome FROM idempotency_records
            WHERE tenant_id = $1 AND key_digest IN ($2, $3) AND expires_at > $4
            """,
            [
                tenantValue, .blob(digest), .blob(previousDigest(idempotencyKey, "idempotency-key")),
                .integer(now.milliseconds),
            ]
        ) { (name: try $0.blob(0), body: try $0.blob(1), outcome: try $0.blob(2)) }
        guard let row else { return .none }
        // A record stays under the data key of its time until it runs out: only the client can open it.
        let key = row.name == digest ? key : previousKey ?? key
        guard TokenHash.areEqual(row.body, key.digest(body, as: "idempotency-body")) else { return .otherBody }
        return .same(try outcomeKey(idempotencyKey, of: key).open(row.outcome, as: place("outcome", "")))
    }

    /// Keeps an outcome in the transaction of its effect. It is sealed with a key made from the idempotency key too,
    /// which is kept only as a digest: secrets in it open for nobody but the client that repeats its request.
    package func recordOutcome(
        _ outcome: [UInt8], key idempotencyKey: String, body: [UInt8], at now: Timestamp, keptFor span: Duration
    ) throws {
        let digest = digest(idempotencyKey, "idempotency-key")
        try db.send(
            "DELETE FROM idempotency_records WHERE tenant_id = $1 AND key_digest IN ($2, $3)",
            [tenantValue, .blob(digest), .blob(previousDigest(idempotencyKey, "idempotency-key"))])
        try db.send(
            """
            INSERT INTO idempotency_records (tenant_id, key_digest, body_digest, outcome, expires_at)
            VALUES ($1, $2, $3, $4, $5)
            """,
            [
                tenantValue, .blob(digest), .blob(key.digest(body, as: "idempotency-body")),
                .blob(try outcomeKey(idempotencyKey, of: key).seal(outcome, as: place("outcome", ""))),
                .integer((now + span).milliseconds),
            ])
    }

    private func outcomeKey(_ idempotencyKey: String, of key: SealingKey) throws -> SealingKey {
        guard let subkey = key.subkey(secret: Array(idempotencyKey.utf8)) else { throw StoreError.sealBroken }
        return subkey
    }
}
