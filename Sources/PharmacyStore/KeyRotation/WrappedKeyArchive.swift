internal import Crypto
internal import FoundationEssentials
package import PharmacyDomain

/// The wrapped keys of an installation, separate from its records.
///
/// A backup may leave the keys out. To erase a tenant from every such backup, destroy the archives that contain its key. The
/// keys stay wrapped: an archive is useless without the master key.
package struct WrappedKeyArchive: Sendable, Redacted {
    /// A row of `wrapped_keys`.
    private struct Key: Hashable {
        let id: Int64
        let purpose: String
        let name: String
        let wrapped: [UInt8]
        let createdAt: Int64
        let format: Int64
        /// How many records the key has sealed.
        let seals: Int64
    }

    /// Identifies the installation: the uuid of the tenant that exists from the first start on.
    package let installation: String
    private let exportedAt: String
    private let keys: [Key]

    package var count: Int { keys.count }

    private static let format = "united-pharmacy-wrapped-keys"
    private static let version: Int64 = 1

    // MARK: JSON

    private var content: [JSON.Member] {
        let keys = keys.map { key -> JSON in
            [
                "id": .integer(key.id), "purpose": .string(key.purpose), "name": .string(key.name),
                "created_at": .integer(key.createdAt), "wrap_format": .integer(key.format),
                "seals": .integer(key.seals),
                "wrapped": .string(Data(key.wrapped).base64EncodedString()),
            ]
        }
        return [
            JSON.Member("format", .string(WrappedKeyArchive.format)),
            JSON.Member("version", .integer(WrappedKeyArchive.version)),
            JSON.Member("installation", .string(installation)), JSON.Member("exported_at", .string(exportedAt)),
            JSON.Member("keys", .array(keys)),
        ]
    }

    /// SHA-256 over all other members. It detects damage; the wraps themselves detect forgery.
    private var checksum: String { Hexadecimal.text(Array(SHA256.hash(data: JSON.object(content).bytes))) }

    package var document: JSON { .object(content + [JSON.Member("sha256", .string(checksum))]) }

    /// Reads what `document` wrote.
    /// - Throws: `WrappedKeyArchiveError.unreadable`.
    package init(_ bytes: [UInt8]) throws {
        guard let json = try? JSON.parse(bytes), json["format"]?.text == WrappedKeyArchive.format,
            json["version"]?.wholeNumber == WrappedKeyArchive.version,
            let installation = json["installation"]?.text, let exportedAt = json["exported_at"]?.text,
            let elements = json["keys"]?.elements
        else { throw WrappedKeyArchiveError.unreadable }
        self.installation = installation
        self.exportedAt = exportedAt
        keys = try elements.map { element in
            guard let id = element["id"]?.wholeNumber, let purpose = element["purpose"]?.text,
                let name = element["name"]?.text, let createdAt = element["created_at"]?.wholeNumber,
                let format = element["wrap_format"]?.wholeNumber, let seals = element["seals"]?.wholeNumber,
                let wrapped = element["wrapped"]?.text.flatMap({ Data(base64Encoded: $0) })
            else { throw WrappedKeyArchiveError.unreadable }
            return Key(
                id: id, purpose: purpose, name: name, wrapped: Array(wrapped), createdAt: createdAt, format: format,
                seals: seals)
        }
        guard json["sha256"]?.text == checksum else { throw WrappedKeyArchiveError.unreadable }
    }

    // MARK: Export and restore

    /// - Parameter tenant: the name of the tenant that identifies the installation.
    init(in db: any SQLConnection, identifiedBy tenant: String, at now: Timestamp) throws {
        guard let installation = try WrappedKeyArchive.installation(in: db, identifiedBy: tenant) else {
            throw StoreError.broken("the installation has no tenant \(tenant)")
        }
        self.installation = installation
        exportedAt = now.description
        keys = try db.rows(
            "SELECT id, purpose, name, wrapped, created_at, wrap_format, seals FROM wrapped_keys ORDER BY id", []
        ) { row in
            Key(
                id: try row.integer(0), purpose: try row.text(1), name: try row.text(2), wrapped: try row.blob(3),
                createdAt: try row.integer(4), format: try row.integer(5), seals: try row.integer(6))
        }
    }

    private static func installation(in db: any SQLConnection, identifiedBy tenant: String) throws -> String? {
        try db.row("SELECT uuid FROM tenants WHERE name = $1", [.text(tenant)]) { try $0.text(0) }
    }

    /// Whether a SQLite file is a database of this program without its keys. Blocks.
    package static func lacksKeys(at path: String) throws -> Bool {
        let connection = try SQLiteConnection(path: path, role: .original)
        defer { connection.close() }
        return try connection.row("SELECT COUNT(*) FROM wrapped_keys", []) { try $0.integer(0) } == 0
    }

    /// Restores the keys to a SQLite file that has none, and removes the tenants whose keys are missing in the archive, because
    /// their records cannot be read any more. Blocks.
    /// - Parameter tenant: the name of the tenant that identifies the installation.
    /// - Returns: the removed tenants.
    /// - Throws: `WrappedKeyArchiveError`, `StoreError`.
    package func restore(to path: String, identifiedBy tenant: String) throws -> [ErasedTenant] {
        let connection = try SQLiteConnection(path: path, role: .copy)
        defer { connection.close() }
        for pragma in ["foreign_keys = ON", "secure_delete = ON"] { try connection.execute("PRAGMA \(pragma)") }
        _ = try connection.beginWriting([.everything])
        do {
            let erased = try restore(in: connection, identifiedBy: tenant)
            try connection.commit()
            return erased
        } catch {
            if !connection.isIdle { try? connection.rollBack() }
            throw error
        }
    }

    private func restore(in db: any SQLConnection, identifiedBy tenant: String) throws -> [ErasedTenant] {
        guard try db.row("SELECT COUNT(*) FROM wrapped_keys", [], { try $0.integer(0) }) == 0 else {
            throw WrappedKeyArchiveError.hasKeys
        }
        guard try WrappedKeyArchive.installation(in: db, identifiedBy: tenant) == installation else {
            throw WrappedKeyArchiveError.otherInstallation
        }
        // The wraps of older versions are not bound to their rows.
        let hasFormat =
            try db.row(
                "SELECT 1 FROM pragma_table_info('wrapped_keys') WHERE name = 'seals'", [], { _ in true })
            ?? false
        guard hasFormat else { throw WrappedKeyArchiveError.olderBackup }
        try insertKeys(in: db)
        return try WrappedKeyArchive.removeTenantsWithoutKeys(in: db)
    }

    private func insertKeys(in db: any SQLConnection) throws {
        for key in keys {
            try db.run(
                """
                INSERT INTO wrapped_keys (id, purpose, name, wrapped, created_at, wrap_format, seals)
                VALUES ($1, $2, $3, $4, $5, $6, $7)
                """,
                [
                    .integer(key.id), .text(key.purpose), .text(key.name), .blob(key.wrapped), .integer(key.createdAt),
                    .integer(key.format), .integer(key.seals),
                ])
        }
    }

    /// - Returns: the removed tenants.
    /// - Throws: `WrappedKeyArchiveError.halfReadable`.
    private static func removeTenantsWithoutKeys(in db: any SQLConnection) throws -> [ErasedTenant] {
        let tenants = try db.rows(
            """
            SELECT id, uuid, name, EXISTS (SELECT 1 FROM wrapped_keys k WHERE k.id = tenants.data_key),
                previous_data_key IS NULL
                    OR EXISTS (SELECT 1 FROM wrapped_keys k WHERE k.id = tenants.previous_data_key)
            FROM tenants ORDER BY name
            """, []
        ) { row in
            (
                row: try row.integer(0), uuid: try row.text(1), name: try row.text(2),
                hasKey: try row.integer(3) == 1, hasPrevious: try row.integer(4) == 1
            )
        }
        // Only a part of the tenant's records would be readable.
        if let half = tenants.first(where: { $0.hasKey && !$0.hasPrevious }) {
            throw WrappedKeyArchiveError.halfReadable(tenant: half.name)
        }
        var erased: [ErasedTenant] = []
        for tenant in tenants where !tenant.hasKey {
            guard let id = TenantID(tenant.uuid) else { throw StoreError.broken("a tenant cannot be read") }
            try db.run("DELETE FROM tenants WHERE id = $1", [.integer(tenant.row)])
            try db.run("DELETE FROM wrapped_keys WHERE name = $1", [.text(tenant.uuid)])
            erased.append(ErasedTenant(id: id, name: tenant.name))
        }
        return erased
    }
}

extension SystemScope {
    /// All wrapped keys.
    /// - Parameter tenant: the name of the tenant that identifies the installation.
    package func wrappedKeyArchive(identifiedBy tenant: String, at now: Timestamp) throws -> WrappedKeyArchive {
        try WrappedKeyArchive(in: db, identifiedBy: tenant, at: now)
    }

    /// How many wrapped keys do not unwrap with the present master key.
    package func unreadableKeyCount() throws -> Int {
        let ids = try db.rows("SELECT id FROM wrapped_keys", []) { try $0.integer(0) }
        return try ids.count { try !memory.keyring.opens($0, in: db) }
    }
}
