internal import HTTPTypes
internal import PartnerAPI
internal import PharmacyDomain
internal import PharmacyServices

/// Who is signed in, and signing out.
enum SessionPages {
    static let path = "\(Dashboard.path)/sessions"

    static let routes = [
        DashboardRoute(.get, "sessions", handler: list), DashboardRoute(.post, "sessions/{id}/end", handler: end),
        DashboardRoute(.post, "sign-out", handler: signOut),
    ]

    private static func list(_ visit: DashboardVisit) async throws -> DashboardResponse {
        let sessions = try await visit.services.sessions.list(tenant: visit.tenant)
        let own = visit.signedIn.session
        let mayManage = visit.may(.credentialsManage)
        return .page(
            DashboardPage(
                title: "Sessions", section: path, template: "dashboard-sessions",
                context: [
                    "sessions": sessions.map { session -> [String: Any] in
                        [
                            "credential": session.credential.description, "isOwn": session.id == own.id,
                            "created": HubTime(session.createdAt).context, "used": HubTime(session.lastUsedAt).context,
                            "expires": HubTime(session.expiresAt).context, "url": "\(path)/\(session.id)/end",
                            "canEnd": session.id != own.id && (mayManage || session.credential == own.credential),
                        ]
                    }
                ]))
    }

    /// Ends a session of the same credential, or, with the scope for credentials, of any.
    private static func end(_ visit: DashboardVisit) async throws -> DashboardResponse {
        let id: SessionID = try visit.id()
        let found = try await visit.services.sessions.list(tenant: visit.tenant).first { $0.id == id }
        if let found, found.credential == visit.signedIn.session.credential || visit.may(.credentialsManage) {
            try await visit.services.sessions.end(id, tenant: visit.tenant)
        }
        return .redirect(path)
    }

    private static func signOut(_ visit: DashboardVisit) async throws -> DashboardResponse {
        try await visit.services.sessions.end(visit.signedIn.session.id, tenant: visit.tenant)
        return .signedOut
    }
}
