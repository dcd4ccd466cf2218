internal import PharmacyDomain

/// The address of the pharmacies' system, and the secrets that both sides share.
package struct ImpetusSettings: Sendable, Redacted {
    /// `http` or `https`, without a slash at the end.
    package let url: String
    /// Sent as `Authorization: Bearer`.
    package let token: String
    /// Signs the system's reports; `nil` when it sends none.
    package let callbackSecret: String?

    package init(url: String, token: String, callbackSecret: String?) {
        self.url = url
        self.token = token
        self.callbackSecret = callbackSecret
    }
}
