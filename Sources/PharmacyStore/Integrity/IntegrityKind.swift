/// The kinds of disagreements. Operators see the raw values, also as the label `kind` of the metric `integrity_findings`.
package enum IntegrityKind: String, CaseIterable, Sendable {
    // Orders.
    case orderDocument = "order_document"
    case orderStatus = "order_status"
    case orderColumns = "order_columns"
    case orderReferences = "order_references"
    case orderDispatch = "order_dispatch"
    case orderSnapshot = "order_snapshot"
    case orderHistory = "order_history"
    case simulatedPrescription = "simulated_prescription"

    // Webhooks.
    case eventPayload = "event_payload"
    case eventFeed = "event_feed"
    case deliveryState = "delivery_state"
    case deliveryQueue = "delivery_queue"
    case deliveryTargets = "delivery_targets"
    case deliveryAttempts = "delivery_attempts"
    case endpointQueue = "endpoint_queue"
    case endpointURL = "endpoint_url"
    case endpointHealth = "endpoint_health"
    case webhookSecrets = "webhook_secrets"
    case registeredEndpoint = "registered_endpoint"

    // Patients.
    case patientDocument = "patient_document"
    case patientDigests = "patient_digests"
    case patientColumns = "patient_columns"
    case patientReferences = "patient_references"
    case deletedPatient = "deleted_patient"
    case patientTotals = "patient_totals"

    // Accounts and keys.
    case tenantKeys = "tenant_keys"
    case grants
    case wrappedKeys = "wrapped_keys"
    case credentials
    case idempotencyRecords = "idempotency_records"

    /// A row whose tenant, order, event, URL or credential is missing or belongs to another tenant.
    case orphan
    /// Records that could not be read.
    case unreadable
}
