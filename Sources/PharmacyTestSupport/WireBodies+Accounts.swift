internal import PartnerAPI
package import PharmacyDomain
package import PharmacyServices

extension Accounts {
    /// - Returns: the credential as the API shows it.
    package func createCredential(
        body: JSON, authority: SetupAuthority, tenant: Tenant, idempotency: IdempotencyRequest?
    ) async throws -> IdempotentResult<JSON> {
        let created = try await createCredential(authority: authority, tenant: tenant, idempotency: idempotency) {
            () throws(ValidationErrors) in
            try AccountResource.draft.parse(body, .forTests)
        }
        return IdempotentResult(AccountResource.newCredential.encode(created.value), isReplay: created.isReplay)
    }

    package func renameCredential(_ id: ClientID, body: JSON, tenant: Tenant) async throws -> Credential {
        let name = try reportingInvalid { () throws(ValidationErrors) in
            try AccountResource.renaming.parse(body, .forTests)
        }
        return try await renameCredential(id, to: name, tenant: tenant)
    }
}

extension CredentialDraft {
    /// Reads a request for a credential.
    package init(parsing body: JSON) throws(ValidationErrors) {
        self = try AccountResource.draft.parse(body, .forTests)
    }
}

extension Credential {
    /// The credential as the API shows it.
    package var json: JSON { AccountResource.credential.encode(self) }
}
