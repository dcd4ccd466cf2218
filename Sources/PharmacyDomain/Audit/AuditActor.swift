/// Who performed an action.
package enum AuditActor: Hashable, Sendable {
    /// A partner's credential.
    case credential(ClientID)
    /// A caller with a setup token, named by the first digits of the token's digest. The token itself is not stored.
    case setupToken(String)
    /// A user of the server's machine, by the name of the operating system's user.
    case `operator`(String)
    /// The server itself, in background work.
    case system
    /// A caller without authentication.
    case anonymous
}

extension AuditActor: CustomStringConvertible {
    /// The actor as the audit log stores it, such as `credential:0b9df3b0-5f0a-4f86-8d5c-2a9bd7d4b0f5`.
    package var description: String {
        switch self {
        case .credential(let id): "credential:\(id)"
        case .setupToken(let name): "setup_token:\(name)"
        case .operator(let name): "operator:\(name)"
        case .system: "system"
        case .anonymous: "anonymous"
        }
    }

    /// Reads exactly what `description` writes; `nil` for anything else.
    package init?(_ text: String) {
        let parts = text.split(separator: ":", maxSplits: 1, omittingEmptySubsequences: false).map(String.init)
        switch (parts[0], parts.count == 2 ? parts[1] : nil) {
        case ("system", nil): self = .system
        case ("anonymous", nil): self = .anonymous
        case ("credential", let id?):
            guard let id = ClientID(id) else { return nil }
            self = .credential(id)
        case ("setup_token", let name?): self = .setupToken(name)
        case ("operator", let name?): self = .operator(name)
        default: return nil
        }
        guard description == text else { return nil }
    }
}
