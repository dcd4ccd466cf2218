package import PharmacyDomain

/// Who a bearer token speaks for.
package struct Caller: Hashable, Sendable {
    package let clientID: ClientID
    package let scopes: Set<CredentialScope>
    /// When the credential should be replaced by another.
    package let rotateAfter: Timestamp
}
