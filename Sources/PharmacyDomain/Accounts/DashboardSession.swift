/// Somebody's sign-in at the dashboard, with a credential. What the credential may not do, the session may not do.
package struct DashboardSession: Hashable, Sendable {
    package let id: SessionID
    package let credential: ClientID
    package let createdAt: Timestamp
    /// The last request, to within `SessionPolicy.useInterval`.
    package let lastUsedAt: Timestamp

    package init(id: SessionID, credential: ClientID, createdAt: Timestamp, lastUsedAt: Timestamp) {
        self.id = id
        self.credential = credential
        self.createdAt = createdAt
        self.lastUsedAt = lastUsedAt
    }

    /// When it ends unless it is used again.
    package var expiresAt: Timestamp {
        min(createdAt + SessionPolicy.lifetime, lastUsedAt + SessionPolicy.idleLimit)
    }
}

/// How long a session lasts.
package enum SessionPolicy {
    /// From the sign-in, however much it is used.
    package static let lifetime = Duration.hours(12)
    /// From the last request.
    package static let idleLimit = Duration.hours(1)
    /// The last use is recorded at most this often.
    package static let useInterval = Duration.seconds(60)
    /// Sessions that a credential may have. A further sign-in ends the oldest.
    package static let limit = 20
}
