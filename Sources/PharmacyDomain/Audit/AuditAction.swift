/// What was done, by the name that stands in the audit log. A name that has been written is never changed: lines of
/// years ago carry it.
package enum AuditAction: String, CaseIterable, Sendable {
    // Credentials and tokens.
    case credentialCreated = "credential.created"
    /// An earlier creation was repeated under its idempotency key, and its secrets were shown once more.
    case credentialReplayed = "credential.replayed"
    case credentialListed = "credential.listed"
    case credentialRenamed = "credential.renamed"
    case credentialRevoked = "credential.revoked"
    case tokenIssued = "token.issued"
    case tokenRefreshed = "token.refreshed"
    /// An earlier refresh was repeated under its idempotency key, and its tokens were shown once more.
    case tokenReplayed = "token.replayed"
    /// A refresh token came a second time, and its family was revoked.
    case tokenReuseDetected = "token.reuse_detected"
    case tokenRevoked = "token.revoked"
    /// A client secret, a refresh token or a setup token was not good.
    case loginFailed = "login.failed"
    /// A row that grants something was not as this installation wrote it, and counted as absent: the subjects are its kind
    /// and its name.
    case authorizationAltered = "authorization.altered"

    // Health information.
    case patientCreated = "patient.created"
    case patientRead = "patient.read"
    case patientListed = "patient.listed"
    case patientUpdated = "patient.updated"
    case patientDeleted = "patient.deleted"
    case patientSynced = "patient.synced"
    case orderCreated = "order.created"
    /// An order was checked and not placed (`dry_run`): its patient was looked up.
    case orderChecked = "order.checked"
    case orderRead = "order.read"
    case orderListed = "order.listed"
    case orderUpdated = "order.updated"
    case orderCancelled = "order.cancelled"
    /// Order and patient were handed to the pharmacy's system.
    case orderDispatched = "order.dispatched"
    case deliveryRead = "delivery.read"
    case deliveryListed = "delivery.listed"
    case deliveryRedelivered = "delivery.redelivered"
    case eventListed = "event.listed"
    /// A sample event was sent to a URL that the caller named; the subject is the event.
    case webhookTested = "webhook.tested"
    /// A report on an order was not signed as the pharmacies' system signs, and was not read.
    case reportRefused = "report.refused"

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
    /// An earlier rotation was repeated under its idempotency key, and its secret was shown once more.
    case webhookSecretReplayed = "webhook_secret.replayed"
    /// The master key (subject `master`), a key of the installation (subject: its name) or the data key of a tenant was
    /// replaced.
    case keyRotated = "key.rotated"
    /// A key of the installation (subject: its name) was replaced, and what it had signed is refused from then on.
    case keyDistrusted = "key.distrusted"
    /// Everything of a tenant is sealed with its new data key, and the one before was removed.
    case dataKeyRetired = "key.retired"
    /// The wrapped keys were written to a file.
    case keysExported = "key.exported"
    /// The file of a master key of before was overwritten and removed; the subject is its name.
    case masterKeyRetired = "key.master_retired"
    /// An item that background work had failed on was made due again.
    case quarantineRetried = "quarantine.retried"
    case pharmacyChanged = "pharmacy.changed"
    case backupMade = "backup.made"
    case backupRestored = "backup.restored"
    /// The installation was copied to another database; the line stands in the copy.
    case installationCopied = "installation.copied"
    /// The database is another than it was (restored, copied, promoted) and began an epoch; the subjects are the new one and
    /// the one before.
    case epochBegun = "epoch.begun"
    /// The server started; the subjects are the names of the settings that were given, never their values.
    case serverStarted = "server.started"
    /// What is stored twice was compared; the subjects are the tenant, where it was one alone, and the number of findings.
    case integrityChecked = "integrity.checked"
    case auditListed = "audit.listed"
    case auditExported = "audit.exported"
    /// An operator has accepted that anchored entries are not in the log, as after the restore of an older backup; the
    /// subjects are the first and the newest of them.
    case auditLossAccepted = "audit.loss_accepted"
}
