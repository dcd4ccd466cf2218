internal import Crypto
internal import PharmacyDomain

/// Proves that this installation wrote a row that grants something: a keyed code (HMAC-SHA256) over all of the row that
/// matters. Who can write the database but has no master key can neither make such a row nor change one.
///
/// A proof says that a row was written, not that it is the newest: an earlier state of a row, put back together with the
/// proof of that time, passes (`SECURITY.md`, Who can do what).
struct GrantProofs: Sendable, Redacted {
    /// The key, as the beginning of every code.
    private let beginning: HMAC<SHA256>
    /// Of the key, with which one is told from its successor.
    let keyID: Int64
    let keyCreatedAt: Int64

    /// - Parameter key: 32 bytes.
    init(key: [UInt8], id: Int64, createdAt: Int64) {
        beginning = HMAC<SHA256>(key: SymmetricKey(data: key))
        keyID = id
        keyCreatedAt = createdAt
    }

    func proof(of grant: some Grant) -> [UInt8] { Array(code(over: grant).finalize()) }

    /// Compares in a time that does not depend on where the proof differs. A row without a proof is not proven.
    func holds(_ proof: [UInt8]?, for grant: some Grant) -> Bool {
        guard let proof else { return false }
        return TokenHash.areEqual(proof, self.proof(of: grant))
    }

    private func code(over grant: some Grant) -> HMAC<SHA256> {
        var fields = GrantFields()
        fields.add("united-pharmacy/authorization/1")
        fields.add(type(of: grant).kind.rawValue)
        grant.encode(into: &fields)
        var code = beginning
        code.update(data: fields.bytes)
        return code
    }
}

/// The bytes that a proof is made over: each field has its length in front of it, so that no two different rows have the
/// same bytes, and an absent field differs from an empty one.
struct GrantFields {
    private(set) var bytes: [UInt8] = []

    init() { bytes.reserveCapacity(320) }

    mutating func add(_ field: [UInt8]?) {
        guard let field else { return bytes.append(0) }
        bytes.append(1)
        append(Int64(field.count))
        bytes += field
    }

    mutating func add(_ text: String?) {
        guard let text else { return bytes.append(0) }
        bytes.append(1)
        append(Int64(text.utf8.count))
        bytes += text.utf8
    }

    mutating func add(_ number: Int64?) {
        guard let number else { return bytes.append(0) }
        bytes.append(1)
        append(8)
        append(number)
    }

    /// Big endian.
    private mutating func append(_ number: Int64) {
        for shift in stride(from: 56, through: 0, by: -8) { bytes.append(UInt8(truncatingIfNeeded: number >> shift)) }
    }
}

/// A row that grants something, with all that its proof covers. Texts are as they are stored: they are believed, and
/// parsed, only after the proof was checked.
protocol Grant: Sendable {
    static var kind: UnprovenGrant.Kind { get }
    /// The tenant's uuid.
    var tenant: String { get }
    /// Names the row in logs and in the audit log: never a secret, and nothing that could be mistaken for text of ours.
    var name: String { get }
    func encode(into fields: inout GrantFields)
}

/// The row of a tenant. Its number is covered, as other tables refer to tenants by it.
struct TenantGrant: Grant, Equatable {
    static let kind = UnprovenGrant.Kind.tenant
    let row: Int64
    let tenant: String
    let tenantName: String
    let kind: String
    var status: String
    var dataKey: Int64
    var previousDataKey: Int64?
    /// A sandbox's setup token follows from it.
    var wipes: Int64
    var nextWebhookSecretAt: Int64?

    /// The columns of `init(_:)` and, behind them, the proof.
    static let columns: SQL = """
        SELECT id, uuid, name, kind, status, data_key, previous_data_key, wipes, next_webhook_secret_at, proof
        """
    /// The column of the proof.
    static let proofColumn = 9

    var name: String { UnprovenGrant.identifier(tenant) }

    func encode(into fields: inout GrantFields) {
        fields.add(row)
        fields.add(tenant)
        fields.add(tenantName)
        fields.add(kind)
        fields.add(status)
        fields.add(dataKey)
        fields.add(previousDataKey)
        fields.add(wipes)
        fields.add(nextWebhookSecretAt)
    }
}

extension TenantGrant {
    init(_ columns: any SQLRow) throws {
        self.init(
            row: try columns.integer(0), tenant: try columns.text(1), tenantName: try columns.text(2),
            kind: try columns.text(3), status: try columns.text(4), dataKey: try columns.integer(5),
            previousDataKey: try columns.optionalInteger(6), wipes: try columns.integer(7),
            nextWebhookSecretAt: try columns.optionalInteger(8))
    }
}

struct SetupTokenGrant: Grant {
    static let kind = UnprovenGrant.Kind.setupToken
    let tenant: String
    let hash: [UInt8]
    let createdAt: Int64
    let expiresAt: Int64?
    var usedAt: Int64?
    var revokedAt: Int64?

    var name: String { UnprovenGrant.digest(hash) }

    func encode(into fields: inout GrantFields) {
        fields.add(tenant)
        fields.add(hash)
        fields.add(createdAt)
        fields.add(expiresAt)
        fields.add(usedAt)
        fields.add(revokedAt)
    }
}

/// `last_used_at` grants nothing and is not covered.
struct CredentialGrant: Grant {
    static let kind = UnprovenGrant.Kind.credential
    let tenant: String
    let clientID: String
    let secretHash: [UInt8]
    var displayName: String
    var scopes: String
    let createdAt: Int64
    var revokedAt: Int64?

    var name: String { UnprovenGrant.identifier(clientID) }

    func encode(into fields: inout GrantFields) {
        fields.add(tenant)
        fields.add(clientID)
        fields.add(secretHash)
        fields.add(displayName)
        fields.add(scopes)
        fields.add(createdAt)
        fields.add(revokedAt)
    }
}

extension CredentialGrant {
    /// The row's id, the columns of `init(_:)` and, behind them, the proof.
    static let columns: SQL = """
        SELECT c.id, t.uuid, c.client_id, c.secret_hash, c.name, c.scopes, c.created_at, c.revoked_at, c.proof
        FROM credentials c JOIN tenants t ON t.id = c.tenant_id
        """
    /// The column of the proof.
    static let proofColumn = 8

    init(_ columns: any SQLRow) throws {
        self.init(
            tenant: try columns.text(1), clientID: try columns.text(2), secretHash: try columns.blob(3),
            displayName: try columns.text(4), scopes: try columns.text(5), createdAt: try columns.integer(6),
            revokedAt: try columns.optionalInteger(7))
    }
}

/// Names the credential by its client id, so that a family that is attached to another credential is not proven.
/// `expires_at`, by which old families are found, grants nothing.
struct TokenFamilyGrant: Grant {
    static let kind = UnprovenGrant.Kind.tokenFamily
    let tenant: String
    let family: String
    let clientID: String
    let createdAt: Int64
    var revokedAt: Int64?

    var name: String { UnprovenGrant.identifier(family) }

    func encode(into fields: inout GrantFields) {
        fields.add(tenant)
        fields.add(family)
        fields.add(clientID)
        fields.add(createdAt)
        fields.add(revokedAt)
    }
}

struct RefreshTokenGrant: Grant {
    static let kind = UnprovenGrant.Kind.refreshToken
    let tenant: String
    let hash: [UInt8]
    let family: String
    let expiresAt: Int64
    var usedAt: Int64?

    var name: String { UnprovenGrant.digest(hash) }

    func encode(into fields: inout GrantFields) {
        fields.add(tenant)
        fields.add(hash)
        fields.add(family)
        fields.add(expiresAt)
        fields.add(usedAt)
    }
}
