/// A request for a credential.
package struct CredentialDraft: Hashable, Sendable {
    /// A display name that follows `CredentialPolicy.name`; `nil`: the default.
    package let name: String?
    /// `nil`: all scopes of the creator. An empty set means `read`.
    package let scopes: Set<CredentialScope>?

    package init(name: String? = nil, scopes: Set<CredentialScope>? = nil) {
        self.name = name
        self.scopes = scopes
    }
}
