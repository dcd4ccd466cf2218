package import PharmacyDomain

/// The credential that a bearer token was issued to.
package struct Caller: Hashable, Sendable {
    package let clientID: ClientID
    package let scopes: Set<CredentialScope>
    /// When the partner should rotate the credential.
    package let rotateAfter: Timestamp
}
