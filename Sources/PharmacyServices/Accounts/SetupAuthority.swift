internal import PharmacyDomain
internal import PharmacyStore

/// What lets somebody make credentials.
package enum SetupAuthority: Sendable {
    case setupToken(String)
    case accessToken(String)

    /// What a setup token is called in the audit log: the first 8 bytes of its digest.
    static func name(of token: String) -> String { Hexadecimal.text(Array(TokenHash.of(token).prefix(8))) }

    /// Who that is; `nil` for the caller whose access token it is.
    var actor: AuditActor? {
        if case .setupToken(let token) = self { .setupToken(SetupAuthority.name(of: token)) } else { nil }
    }
}
