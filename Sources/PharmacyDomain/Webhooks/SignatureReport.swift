/// What was found out about a signature, and whose secret it was made with. It never has a secret.
package struct SignatureReport: Hashable, Sendable {
    package let finding: SignatureFinding
    /// The owner of the secret that made the signature, rightly or by the mistake that was found; `nil` where it was none of the
    /// tenant's secrets.
    package let owner: WebhookSecretOwner?

    package init(_ finding: SignatureFinding, owner: WebhookSecretOwner? = nil) {
        self.finding = finding
        self.owner = owner
    }
}
