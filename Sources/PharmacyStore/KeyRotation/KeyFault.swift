package import PharmacyDomain

/// A key that does not open what it sealed, or that cannot be unwrapped. Its records are unreadable until the right key is put
/// back.
package struct KeyFault: Hashable, Sendable {
    /// The owner of the key.
    package enum Owner: Hashable, Sendable {
        /// A tenant's data key, by the tenant's name.
        case tenant(String)
        /// A key of the whole installation, by its name.
        case installation(String)
    }

    /// What does not open.
    package enum Part: String, Hashable, Sendable {
        case key
        case webhookSecret = "webhook secret"
        case patient
        case order
        case event
    }

    package let owner: Owner
    package let part: Part
}

extension SystemScope {
    /// Unwraps every key of the installation, and returns those that fail.
    package func installationKeyFaults() throws -> [KeyFault] {
        let keys = try db.rows(
            WrappedKey.columns + "WHERE purpose <> $1 ORDER BY name, id",
            [.text(Keyring.Purpose.tenantData.rawValue)], WrappedKey.init)
        return try keys.compactMap { key in
            try opens { _ = try memory.keyring.unwrap(key) }
                ? nil : KeyFault(owner: .installation(key.name), part: .key)
        }
    }

    /// Unwraps a tenant's data keys again, opens the newest record of each kind, and returns what fails.
    package func keyFaults(of tenant: Tenant) throws -> [KeyFault] {
        func fault(_ part: KeyFault.Part) -> KeyFault { KeyFault(owner: .tenant(tenant.name), part: part) }
        let scope: TenantScope
        do {
            scope = try self.tenant(tenant.id)
        } catch StoreError.sealBroken, StoreError.wrongMasterKey {
            return [fault(.key)]
        }
        let keys = [scope.key, scope.previousKey].compactMap(\.self)
        guard try opens({ for key in keys { try memory.keyring.confirm(key, in: db) } }) else { return [fault(.key)] }
        var faults: [KeyFault] = []
        if try !opens({ _ = try scope.webhookSecrets() }) { faults.append(fault(.webhookSecret)) }
        for (part, newest) in SystemScope.newestRecords {
            let row = try db.row(newest, [scope.tenantValue]) { (id: try $0.text(0), sealed: try $0.blob(1)) }
            guard let row else { continue }
            if try !opens({ _ = try scope.open(row.sealed, part.kind, row.id) }) { faults.append(fault(part)) }
        }
        return faults
    }

    /// Selects the newest record of each kind, by an index.
    private static let newestRecords: [(part: KeyFault.Part, SQL)] = [
        (
            .patient,
            "SELECT uuid, document FROM patients WHERE tenant_id = $1 AND deleted_at IS NULL ORDER BY id DESC LIMIT 1"
        ),
        (.order, "SELECT uuid, document FROM orders WHERE tenant_id = $1 ORDER BY id DESC LIMIT 1"),
        (
            .event,
            """
            SELECT uuid, payload FROM order_events WHERE tenant_id = $1 ORDER BY tenant_sequence DESC LIMIT 1
            """
        ),
    ]

    /// Whether a record opens.
    /// - Throws: failures of the store itself.
    private func opens(_ body: () throws -> Void) throws -> Bool {
        do {
            try body()
            return true
        } catch StoreError.sealBroken, StoreError.wrongMasterKey, StoreError.broken {
            return false
        }
    }
}

extension KeyFault.Part {
    /// The kind under which the records are sealed.
    fileprivate var kind: StaticString {
        switch self {
        case .key, .webhookSecret: "webhook-secret"
        case .patient: "patient"
        case .order: "order"
        case .event: "event"
        }
    }
}
