extension TableSchema {
    /// Every table but `schema_versions`, which migrations fill, `rate_limits`, which counts the requests of the last
    /// minutes, and `incarnation`, for a copy is in an epoch of its own; each stands behind those that it refers to.
    static let all: [TableSchema] =
        accounts + patients + orders + webhooks + quarantine + audit + scheduling + requests

    private static let accounts = [
        TableSchema(
            "wrapped_keys", rowIDSequence: .databaseOnce,
            [
                .integer("id"), .text("purpose"), .text("name"), .blob("wrapped"), .integer("created_at"),
                .integer("wrap_format"), .integer("seals"),
            ]),
        TableSchema(
            "tenants", rowIDSequence: .database,
            [
                .integer("id"), .text("uuid"), .text("name"), .text("kind"), .text("status"), .integer("created_at"),
                .integer("resets_at"), .integer("wipes"), .integer("data_key"), .blob("webhook_secret"),
                .integer("patient_change_floor"), .integer("event_floor"), .blob("next_webhook_secret"),
                .integer("next_webhook_secret_at"), .integer("previous_data_key"), .integer("order_change_floor"),
                .integer("last_change_at"), .integer("clear_identifiers"), .blob("proof"),
                .integer("erasing_at"), .integer("wiping_at"), .integer("text_keys"),
            ]),
        TableSchema(
            "reseals", rowIDSequence: .program,
            [
                .integer("tenant_id"), .integer("step"), .integer("after_id"), .integer("records"),
                .integer("started_at"), .integer("finished_at"),
            ]),
        TableSchema(
            "event_retention", rowIDSequence: .program, [.integer("tenant_id"), .integer("pruned_position")]),
        TableSchema(
            "setup_tokens", rowIDSequence: .program,
            [
                .blob("token_hash"), .integer("tenant_id"), .integer("created_at"), .integer("used_at"),
                .integer("revoked_at"), .integer("expires_at"), .blob("proof"),
            ]),
        TableSchema(
            "credentials", rowIDSequence: .database,
            [
                .integer("id"), .integer("tenant_id"), .text("client_id"), .blob("secret_hash"), .text("name"),
                .integer("created_at"), .integer("last_used_at"), .integer("revoked_at"), .text("scopes"),
                .blob("proof"),
            ]),
        TableSchema(
            "token_families", rowIDSequence: .database,
            [
                .integer("id"), .text("uuid"), .integer("credential_id"), .integer("created_at"),
                .integer("revoked_at"), .blob("proof"), .integer("expires_at"),
            ]),
        TableSchema(
            "refresh_tokens", rowIDSequence: .program,
            [
                .blob("token_hash"), .integer("family_id"), .integer("expires_at"), .integer("used_at"),
                .blob("proof"),
            ]),
        TableSchema(
            "sessions", rowIDSequence: .database,
            [
                .integer("id"), .text("uuid"), .blob("token_hash"), .integer("credential_id"), .integer("created_at"),
                .integer("last_used_at"), .blob("proof"),
            ]),
        TableSchema(
            "idempotency_records", rowIDSequence: .database,
            [
                .integer("id"), .integer("tenant_id"), .blob("key_digest"), .blob("body_digest"), .blob("outcome"),
                .integer("expires_at"),
            ]),
    ]

    private static let patients = [
        TableSchema(
            "patients", rowIDSequence: .databaseOnce,
            [
                .integer("id"), .integer("tenant_id"), .text("uuid"), .text("external_id_in_clear"),
                .blob("likeness"), .blob("email"), .blob("document"), .integer("created_at"), .integer("updated_at"),
                .integer("change_sequence"), .integer("deleted_at"), .integer("live_count"),
                .blob("external_id_digest"),
            ])
    ]

    private static let orders = [
        TableSchema(
            "orders", rowIDSequence: .databaseOnce,
            [
                .integer("id"), .integer("tenant_id"), .text("uuid"), .text("status"), .text("reference_in_clear"),
                .text("customer_reference_in_clear"), .text("patient_uuid"), .integer("created_at"),
                .integer("updated_at"), .blob("document"), .blob("patient_snapshot"), .integer("dispatch_at"),
                .integer("dispatch_attempts"), .integer("dispatch_uncertain_unused"), .integer("reconcile_at"),
                .integer("change_sequence"), .blob("reference_digest"), .blob("customer_reference_digest"),
                .integer("dispatch_lane"), .text("dispatch_state"), .blob("likeness"),
            ]),
        TableSchema(
            "simulated_prescriptions", rowIDSequence: .program,
            [.integer("order_id"), .integer("tenant_id"), .integer("step"), .integer("due_at")]),
    ]

    private static let webhooks = [
        TableSchema(
            "order_events", rowIDSequence: .databaseOnce,
            [
                .integer("id"), .integer("tenant_id"), .text("uuid"), .integer("order_id"), .text("type"),
                .integer("sequence"), .integer("tenant_sequence"), .integer("recorded_at"), .blob("payload"),
            ]),
        TableSchema(
            "webhook_endpoints", rowIDSequence: .database,
            [
                .integer("id"), .integer("tenant_id"), .blob("url_digest"), .blob("url"), .integer("destination"),
                .integer("due_at"), .integer("last_success_at"), .integer("last_failure_at"), .text("last_error"),
                .integer("failures"), .text("recent_failures"), .integer("is_failing"), .integer("is_held"),
            ]),
        TableSchema(
            "registered_endpoints", rowIDSequence: .databaseOnce,
            [
                .integer("id"), .integer("tenant_id"), .text("uuid"), .integer("endpoint_id"), .text("events"),
                .integer("is_paused"), .text("retry_schedule"), .blob("document"), .integer("created_at"),
                .integer("updated_at"),
            ]),
        TableSchema(
            "webhook_deliveries", rowIDSequence: .databaseOnce,
            [
                .integer("id"), .integer("tenant_id"), .text("uuid"), .integer("order_id"), .integer("event_id"),
                .integer("endpoint_id"), .text("status"), .integer("due_at"), .integer("attempts"),
                .integer("created_at"), .integer("completed_at"), .integer("registration_id"),
            ]),
        TableSchema(
            "webhook_attempts", rowIDSequence: .databaseOnce,
            [
                .integer("id"), .integer("delivery_id"), .integer("at"), .integer("duration"),
                .integer("status_code"), .text("error"), .blob("answer"),
            ]),
    ]

    private static let quarantine = [
        TableSchema(
            "quarantined_items", rowIDSequence: .database,
            [
                .integer("id"), .integer("tenant_id"), .text("work"), .text("item"), .text("reason"),
                .integer("tries"), .integer("first_failed_at"), .integer("last_failed_at"), .integer("next_try_at"),
            ])
    ]

    private static let audit = [
        TableSchema(
            "audit_entries", rowIDSequence: .program,
            [
                .integer("sequence"), .integer("at"), .text("tenant"), .text("actor"), .text("action"),
                .text("subjects"), .text("request"), .blob("hash"), .blob("seal"),
            ]),
        TableSchema(
            "audit_head", rowIDSequence: .program,
            [
                .integer("id"), .integer("checkpoint_sequence"), .blob("checkpoint_hash"),
                .integer("pruned_sequence"), .blob("pruned_hash"), .blob("seal"),
            ]),
    ]

    private static let scheduling = [
        TableSchema(
            "scheduled_jobs", rowIDSequence: .program,
            [
                .integer("job"), .integer("slot"), .integer("claimed_until"), .integer("finished_at"),
                .text("outcome"),
            ])
    ]

    private static let requests = [
        TableSchema(
            "request_log", rowIDSequence: .database,
            [.integer("id"), .integer("tenant_id"), .integer("minute"), .integer("errors"), .blob("requests")]),
        TableSchema(
            "request_log_keys", rowIDSequence: .database,
            [.integer("id"), .integer("tenant_id"), .text("name"), .integer("block_id")]),
        TableSchema(
            "request_counts", rowIDSequence: .database,
            [.integer("id"), .integer("tenant_id"), .integer("hour"), .text("code"), .integer("requests")]),
        TableSchema(
            "delivery_counts", rowIDSequence: .database,
            [.integer("id"), .integer("tenant_id"), .integer("hour"), .text("status"), .integer("deliveries")]),
    ]
}
