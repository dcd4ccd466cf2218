/// An action in the audit log, by its stored name. Names never change, because old entries contain them.
package enum AuditAction: String, CaseIterable, Sendable {
    // Credentials and tokens.
    case credentialCreated = "credential.created"
    /// A creation was repeated with its idempotency key, and its secrets were shown again.
    case credentialReplayed = "credential.replayed"
    case credentialListed = "credential.listed"
    case credentialRenamed = "credential.renamed"
    case credentialRevoked = "credential.revoked"
    case tokenIssued = "token.issued"
    case tokenRefreshed = "token.refreshed"
    /// A refresh was repeated with its idempotency key, and its tokens were shown again.
    case tokenReplayed = "token.replayed"
    /// A refresh token was used a second time, and its family was revoked.
    case tokenReuseDetected = "token.reuse_detected"
    case tokenRevoked = "token.revoked"
    /// A client secret, a refresh token or a setup token was not valid.
    case loginFailed = "login.failed"
    /// A row that grants access was altered, and counted as absent. The subjects are its kind and its name.
    case authorizationAltered = "authorization.altered"
    /// Somebody signed in to the dashboard with a credential. The subject is the session.
    case sessionCreated = "session.created"
    case sessionEnded = "session.ended"

    // Health information.
    case patientCreated = "patient.created"
    case patientRead = "patient.read"
    case patientListed = "patient.listed"
    /// Somebody looked at a patient's details in the dashboard. The subjects are the patient and the reason (`RevealReason`).
    case patientRevealed = "patient.revealed"
    case patientUpdated = "patient.updated"
    case patientDeleted = "patient.deleted"
    case patientSynced = "patient.synced"
    case orderCreated = "order.created"
    /// An order was validated but not placed (`dry_run`). Its patient was read.
    case orderChecked = "order.checked"
    case orderRead = "order.read"
    case orderListed = "order.listed"
    case orderUpdated = "order.updated"
    case orderCancelled = "order.cancelled"
    /// An order and its patient were sent to the pharmacy's system.
    case orderDispatched = "order.dispatched"
    case deliveryRead = "delivery.read"
    case deliveryListed = "delivery.listed"
    case deliveryRedelivered = "delivery.redelivered"
    case eventListed = "event.listed"
    /// A sample event was sent to a URL of the caller's choice. The subject is the event.
    case webhookTested = "webhook.tested"
    /// A report on an order had no valid signature of the pharmacy system, and was not processed.
    case reportRefused = "report.refused"

    // Registered webhook endpoints. The subject is the endpoint, never its URL.
    case endpointCreated = "webhook_endpoint.created"
    /// A creation was repeated with its idempotency key, and its secret was shown again.
    case endpointReplayed = "webhook_endpoint.replayed"
    case endpointListed = "webhook_endpoint.listed"
    case endpointUpdated = "webhook_endpoint.updated"
    case endpointDeleted = "webhook_endpoint.deleted"
    case endpointSecretRotated = "webhook_endpoint.secret_rotated"
    /// A rotation was repeated with its idempotency key, and its secret was shown again.
    case endpointSecretReplayed = "webhook_endpoint.secret_replayed"

    // Sandboxes.
    case sandboxWiped = "sandbox.wiped"
    case sandboxAdvanced = "sandbox.advanced"

    // The operator, and the configuration.
    case tenantCreated = "tenant.created"
    case tenantSuspended = "tenant.suspended"
    case tenantResumed = "tenant.resumed"
    case tenantDeleted = "tenant.deleted"
    case setupTokenIssued = "setup_token.issued"
    case setupTokenRevoked = "setup_token.revoked"
    case webhookSecretRotated = "webhook_secret.rotated"
    /// A rotation was repeated with its idempotency key, and its secret was shown again.
    case webhookSecretReplayed = "webhook_secret.replayed"
    /// A key was rotated: the master key (subject `master`), a key of the installation (its name), or the data key of a tenant
    /// (its id).
    case keyRotated = "key.rotated"
    /// A key of the installation (subject: its name) was rotated, and what it had signed is refused from then on.
    case keyDistrusted = "key.distrusted"
    /// All records of a tenant are re-encrypted with its new data key, and the previous key was removed.
    case dataKeyRetired = "key.retired"
    /// The wrapped keys were written to a file.
    case keysExported = "key.exported"
    /// The file of a previous master key was overwritten and removed. The subject is its name.
    case masterKeyRetired = "key.master_retired"
    /// An operator made a quarantined item due again.
    case quarantineRetried = "quarantine.retried"
    case pharmacyChanged = "pharmacy.changed"
    case backupMade = "backup.made"
    case backupRestored = "backup.restored"
    /// The installation was copied to another database. The entry is in the copy.
    case installationCopied = "installation.copied"
    /// The database was restored, copied or promoted, and began a new epoch. The subjects are the new and the previous epoch.
    case epochBegun = "epoch.begun"
    /// The server started. The subjects are the names of the given settings, never their values.
    case serverStarted = "server.started"
    /// An integrity check was run. The subjects are the tenant, if it checked only one, and the number of findings.
    case integrityChecked = "integrity.checked"
    case auditListed = "audit.listed"
    case auditExported = "audit.exported"
    /// An operator accepted that anchored entries are missing in the log, for example after restoring an older backup. The
    /// subjects are the first and the newest of them.
    case auditLossAccepted = "audit.loss_accepted"
}
