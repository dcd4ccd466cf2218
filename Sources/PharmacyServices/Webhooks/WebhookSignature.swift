internal import Crypto
internal import FoundationEssentials
package import PharmacyDomain

/// Signs webhook requests: the guide's `X-Webhook-Signature`, and Standard Webhooks' headers.
package struct WebhookSigner: Sendable, Redacted {
    private let secret: String
    /// The present secret, and the one that is to replace it.
    private let decodedSecrets: [[UInt8]]

    /// - Parameters:
    ///   - secret: `whsec_` and base64; `nil` for anything else.
    ///   - next: the secret that is to replace it, in the same form.
    package init?(secret: String, next: String? = nil) {
        let secrets = [secret] + (next.map { [$0] } ?? [])
        let decoded = secrets.compactMap(WebhookSigner.decoded)
        guard decoded.count == secrets.count else { return nil }
        self.secret = secret
        decodedSecrets = decoded
    }

    private static func decoded(_ secret: String) -> [UInt8]? {
        let prefix = SecretPrefix.webhookSecret.rawValue
        guard secret.hasPrefix(prefix), let decoded = Data(base64Encoded: String(secret.dropFirst(prefix.count))),
            !decoded.isEmpty
        else { return nil }
        return Array(decoded)
    }

    package func headers(
        eventID: EventID, type: WebhookEventType, sentAt: Timestamp, body: [UInt8]
    ) -> [(name: String, value: String)] {
        let id = eventID.description
        return [
            ("content-type", "application/json"),
            ("user-agent", "UnitedPharmacy-Webhooks/1.1"),
            ("X-Webhook-Event", type.rawValue),
            ("X-Webhook-Signature", hexadecimalSignature(of: body)),
            ("webhook-id", id),
            ("webhook-timestamp", String(sentAt.seconds)),
            ("webhook-signature", standardSignature(id: id, seconds: sentAt.seconds, body: body)),
        ]
    }

    /// Lower-case hexadecimal HMAC-SHA256 of the body, keyed with the bytes of the whole present secret (guide,
    /// Verifying Webhook Signatures).
    package func hexadecimalSignature(of body: [UInt8]) -> String {
        let key = SymmetricKey(data: key(.whole))
        return Hexadecimal.text(HMAC<SHA256>.authenticationCode(for: body, using: key))
    }

    /// How a receiver reads the key of `X-Webhook-Signature` from the secret.
    enum KeyReading: Sendable {
        /// The whole text, which is right.
        case whole
        /// The part after `whsec_`, decoded.
        case decoded
        /// The text after `whsec_`.
        case withoutPrefix
    }

    /// Whether a code is the HMAC-SHA256 of a body, keyed with the present secret. It compares in constant time.
    func hasSigned(_ body: [UInt8], as code: [UInt8], reading: KeyReading = .whole) -> Bool {
        HMAC<SHA256>.isValidAuthenticationCode(
            code, authenticating: body, using: SymmetricKey(data: key(reading)))
    }

    private func key(_ reading: KeyReading) -> [UInt8] {
        switch reading {
        case .whole: Array(secret.utf8)
        case .decoded: decodedSecrets.first ?? []
        case .withoutPrefix: Array(secret.utf8.dropFirst(SecretPrefix.webhookSecret.rawValue.utf8.count))
        }
    }

    /// `v1,` and base64 of the HMAC-SHA256 of `id.seconds.body`, keyed with the decoded secret (Standard Webhooks);
    /// where another secret is to replace it, its signature too, after a space.
    package func standardSignature(id: String, seconds: Int64, body: [UInt8]) -> String {
        decodedSecrets.map { secret in
            var code = HMAC<SHA256>(key: SymmetricKey(data: secret))
            code.update(data: Array("\(id).\(seconds).".utf8))
            code.update(data: body)
            return "v1," + Data(code.finalize()).base64EncodedString()
        }.joined(separator: " ")
    }
}
