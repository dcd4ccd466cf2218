internal import PharmacyDomain

/// Where the pharmacies' system is, and how the two know each other.
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
