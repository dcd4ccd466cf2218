package import PharmacyDomain

/// A row that grants access and has no valid proof: somebody has altered the database. The row counts as absent.
package struct UnprovenGrant: Hashable, Sendable {
    /// The kinds of rows that grant access. The names never change, because the audit log contains them.
    package enum Kind: String, CaseIterable, Sendable {
        case tenant
        case setupToken = "setup-token"
        case credential
        case tokenFamily = "token-family"
        case refreshToken = "refresh-token"
        case session
    }

    package let kind: Kind
    /// `nil` where the row's tenant cannot be read.
    package let tenant: TenantID?
    /// An id, or the first bytes of a digest; never a secret.
    package let name: String

    package init(kind: Kind, tenant: TenantID?, name: String) {
        self.kind = kind
        self.tenant = tenant
        self.name = name
    }

    init(_ grant: some Grant) {
        self.init(kind: type(of: grant).kind, tenant: TenantID(grant.tenant), name: grant.name)
    }

    /// The stored text if it is an identifier, or a constant: whoever altered the row chose the text.
    static func identifier(_ text: String) -> String { TenantID(text)?.description ?? "unreadable" }

    /// The first 8 bytes in hexadecimal, as the audit log names setup tokens.
    static func digest(_ hash: [UInt8]) -> String { Hexadecimal.text(Array(hash.prefix(8))) }
}
