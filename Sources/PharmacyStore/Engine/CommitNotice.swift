package import PharmacyDomain

/// What a committed transaction tells background services and dashboards, on all nodes.
package struct CommitNotice: Hashable, Sendable {
    /// The services that have work.
    package var channels: Set<StoreChannel> = []
    /// The tenants whose records have changed, as long as they are not too many to list.
    package private(set) var tenants: Set<TenantID> = []
    /// Whether records of any tenant may have changed.
    package private(set) var isAboutAllTenants = false

    /// PostgreSQL allows notifications of 8,000 bytes.
    private static let tenantLimit = 200
    private static let allTenants = "*"

    package init(_ channels: Set<StoreChannel> = []) { self.channels = channels }

    /// For somebody who may have missed notices.
    static let everything: CommitNotice = {
        var notice = CommitNotice(Set(StoreChannel.allCases))
        notice.isAboutAllTenants = true
        return notice
    }()

    package var isEmpty: Bool { channels.isEmpty && tenants.isEmpty && !isAboutAllTenants }

    package mutating func noteChange(of tenant: TenantID) {
        guard !isAboutAllTenants else { return }
        tenants.insert(tenant)
        if tenants.count > CommitNotice.tenantLimit { (tenants, isAboutAllTenants) = ([], true) }
    }

    package mutating func formUnion(_ other: CommitNotice) {
        channels.formUnion(other.channels)
        for tenant in other.tenants { noteChange(of: tenant) }
        if other.isAboutAllTenants { (tenants, isAboutAllTenants) = ([], true) }
    }

    // MARK: As text

    /// Channels and ids of tenants with spaces between them.
    package var text: String {
        let all = isAboutAllTenants ? [CommitNotice.allTenants] : []
        return (channels.map(\.rawValue) + tenants.map(\.description) + all).joined(separator: " ")
    }

    /// Ignores what this program does not know: another node may run a newer one.
    package init(text: String) {
        for word in text.split(separator: " ").map(String.init) {
            if let channel = StoreChannel(rawValue: word) {
                channels.insert(channel)
            } else if let tenant = TenantID(word) {
                noteChange(of: tenant)
            } else if word == CommitNotice.allTenants {
                (tenants, isAboutAllTenants) = ([], true)
            }
        }
    }
}
