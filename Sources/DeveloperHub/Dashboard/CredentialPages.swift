internal import HTTPTypes
internal import PartnerAPI
internal import PharmacyDomain
internal import PharmacyServices

/// The credentials of the tenant.
enum CredentialPages {
    static let path = "\(Dashboard.path)/credentials"

    static let routes = [
        DashboardRoute(.get, "credentials", handler: list),
        DashboardRoute(.post, "credentials", .credentialsManage, handler: create),
        DashboardRoute(.post, "credentials/{id}/rename", .credentialsManage, handler: rename),
        DashboardRoute(.get, "credentials/{id}/revoke", .credentialsManage, handler: confirmRevocation),
        DashboardRoute(.post, "credentials/{id}/revoke", .credentialsManage, handler: revoke),
    ]

    private static func list(_ visit: DashboardVisit) async throws -> DashboardResponse {
        let credentials = try await visit.services.accounts.credentials(of: visit.tenant, includingRevoked: false)
        let canManage = visit.may(.credentialsManage)
        return .page(
            DashboardPage(
                title: "Credentials", section: path, template: "dashboard-credentials",
                context: [
                    "credentials": credentials.map { row($0, visit, canManage: canManage) },
                    "count": credentials.count, "limit": CredentialPolicy.activeLimit, "canManage": canManage,
                    "canCreate": canManage && credentials.count < CredentialPolicy.activeLimit,
                    // Reloading the page that shows the secret sends the form again, which must not create another one.
                    "once": visit.requestID, "nameLimit": CredentialPolicy.name.maximum,
                    "scopes": CredentialScope.allCases.filter { visit.may($0) }.map {
                        ["name": $0.rawValue, "meaning": InlineMarkdown.html($0.meaning)]
                    },
                ]))
    }

    private static func row(
        _ credential: Credential, _ visit: DashboardVisit, canManage: Bool
    ) -> [String: Any] {
        [
            "id": credential.id.description, "name": credential.name,
            "scopes": CredentialScope.text(credential.scopes).split(separator: " ").map { ["name": String($0)] },
            "created": HubTime(credential.createdAt).context, "isUsed": credential.lastUsedAt != nil,
            "used": credential.lastUsedAt.map { HubTime($0).context } ?? [:],
            "isOld": credential.rotateAfter <= visit.now, "isOwn": credential.id == visit.signedIn.caller.clientID,
            "canManage": canManage, "url": "\(path)/\(credential.id)",
            "requestsURL": "\(RequestPages.path)?credential=\(credential.id)",
        ]
    }

    /// Creates a credential and shows its secrets, once.
    private static func create(_ visit: DashboardVisit) async throws -> DashboardResponse {
        let name = visit.form["name"]?.trimmed ?? ""
        let scopes = Set(CredentialScope.allCases.filter { visit.form["scope:\($0.rawValue)"] != nil })
        let request = IdempotencyRequest(
            key: visit.onceKey, operation: "dashboard credentials \(visit.signedIn.session.id)",
            body: Array("\(name)\n\(CredentialScope.text(scopes))".utf8))
        let draft = CredentialDraft(name: name.isEmpty ? nil : name, scopes: scopes.isEmpty ? nil : scopes)
        let created = try await visit.services.accounts.createCredential(
            authority: .session(visit.signedIn.caller), tenant: visit.tenant, idempotency: request
        ) { draft }.value
        return .page(
            DashboardPage(
                title: "New credential", section: path, template: "dashboard-credential-created",
                context: [
                    "name": created.name,
                    "secrets": [
                        ["label": "Client ID", "value": created.id.description],
                        ["label": "Client secret", "value": created.secret],
                        ["label": "Webhook secret of the tenant", "value": created.webhookSecret],
                    ],
                ]))
    }

    private static func rename(_ visit: DashboardVisit) async throws -> DashboardResponse {
        _ = try await visit.services.accounts.renameCredential(
            visit.id(), to: visit.form["name"]?.trimmed ?? "", tenant: visit.tenant)
        return .redirect(path)
    }

    private static func confirmRevocation(_ visit: DashboardVisit) async throws -> DashboardResponse {
        let id: ClientID = try visit.id()
        let all = try await visit.services.accounts.credentials(of: visit.tenant, includingRevoked: false)
        guard let credential = all.first(where: { $0.id == id }) else { throw ServiceError.notFound }
        return .page(
            DashboardPage(
                title: "Revoke the credential", section: path, template: "dashboard-credential-revoke",
                context: row(credential, visit, canManage: true)))
    }

    private static func revoke(_ visit: DashboardVisit) async throws -> DashboardResponse {
        try await visit.services.accounts.revokeCredential(visit.id(), tenant: visit.tenant)
        return .redirect(path)
    }
}
