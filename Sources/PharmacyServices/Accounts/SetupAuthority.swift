internal import PharmacyDomain
internal import PharmacyStore

/// Authorizes the creation of a credential.
package enum SetupAuthority: Sendable {
    case setupToken(String)
    case accessToken(String)
    /// Somebody who is signed in to the dashboard.
    case session(Caller)

    /// Names a setup token in the audit log: the first 8 bytes of its digest, in hexadecimal.
    static func name(of token: String) -> String { Hexadecimal.text(Array(TokenHash.of(token).prefix(8))) }

    /// The actor for the audit log; `nil`: the current one, whose access token this is.
    var actor: AuditActor? {
        if case .setupToken(let token) = self { .setupToken(SetupAuthority.name(of: token)) } else { nil }
    }
}
