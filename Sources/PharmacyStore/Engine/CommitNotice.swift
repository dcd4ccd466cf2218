package import PharmacyDomain

/// What a committed transaction tells background services and dashboards, on all nodes.
package struct CommitNotice: Hashable, Sendable {
    /// The services that have work.
    package var channels: Set<StoreChannel> = []
    /// The tenants of which something has changed, as long as they are not too many to list.
    package private(set) var tenants: [TenantID: TenantChange] = [:]
    /// Whether anything of any tenant may have changed.
    package private(set) var isAboutAllTenants = false

    /// PostgreSQL allows notifications of 8,000 bytes.
    private static let tenantLimit = 200
    private static let allTenants = "*"

    package init(_ channels: Set<StoreChannel> = []) { self.channels = channels }

    /// For somebody who may have missed notices.
    static let everything: CommitNotice = {
        var notice = CommitNotice(Set(StoreChannel.allCases))
        notice.noteChangeOfAll()
        return notice
    }()

    package var isEmpty: Bool { channels.isEmpty && tenants.isEmpty && !isAboutAllTenants }

    package mutating func note(_ change: TenantChange, of tenant: TenantID) {
        guard !isAboutAllTenants else { return }
        tenants[tenant, default: []].formUnion(change)
        if tenants.count > CommitNotice.tenantLimit { noteChangeOfAll() }
    }

    private mutating func noteChangeOfAll() { (tenants, isAboutAllTenants) = ([:], true) }

    package mutating func formUnion(_ other: CommitNotice) {
        channels.formUnion(other.channels)
        for (tenant, change) in other.tenants { note(change, of: tenant) }
        if other.isAboutAllTenants { noteChangeOfAll() }
    }

    // MARK: As text

    /// Channels and tenants with spaces between them. The number before a tenant's id says what has changed.
    package var text: String {
        let all = isAboutAllTenants ? [CommitNotice.allTenants] : []
        return (channels.map(\.rawValue) + tenants.map { "\($0.value.rawValue):\($0.key)" } + all)
            .joined(separator: " ")
    }

    /// Ignores what this program does not know: another node may run a newer one.
    package init(text: String) {
        for word in text.split(separator: " ") {
            let parts = word.split(separator: ":", maxSplits: 1)
            if let channel = StoreChannel(rawValue: String(word)) {
                channels.insert(channel)
            } else if parts.count == 2, let change = UInt8(parts[0]), let tenant = TenantID(String(parts[1])) {
                note(TenantChange(rawValue: change), of: tenant)
            } else if word == CommitNotice.allTenants {
                noteChangeOfAll()
            }
        }
    }
}
