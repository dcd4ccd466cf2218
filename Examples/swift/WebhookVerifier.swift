internal import Crypto
internal import Foundation

/// Verifies webhooks of the United Pharmacy Partner API.
struct WebhookVerifier: Sendable {
    /// The largest difference between a message's time and the clock of this machine, in seconds.
    private static let tolerance = 300.0

    private let secret: String
    private let key: SymmetricKey

    /// - Parameter secret: `whsec_` and base64. The result is `nil` for anything else.
    init?(secret: String) {
        guard secret.hasPrefix("whsec_"), let key = Data(base64Encoded: String(secret.dropFirst(6))) else { return nil }
        self.secret = secret
        self.key = SymmetricKey(data: key)
    }

    /// Whether the server signed the message within the last five minutes (Standard Webhooks).
    /// - Parameter header: returns the value of a request header.
    func isAuthentic(_ body: some DataProtocol, header: (String) -> String?) -> Bool {
        guard let id = header("webhook-id"), !id.isEmpty, let timestamp = header("webhook-timestamp"),
            let seconds = Int64(timestamp), let signatures = header("webhook-signature"),
            abs(Date.now.timeIntervalSince1970 - Double(seconds)) <= WebhookVerifier.tolerance
        else { return false }
        let signed = Data("\(id).\(timestamp).".utf8) + body
        // During a rotation of the secret there are two signatures.
        let good = signatures.split(separator: " ").filter { given in
            guard given.hasPrefix("v1,"), let code = Data(base64Encoded: String(given.dropFirst(3))) else {
                return false
            }
            return HMAC<SHA256>.isValidAuthenticationCode(code, authenticating: signed, using: key)
        }
        return !good.isEmpty
    }

    /// The guide's simpler check. It does not detect that an old message is sent again.
    /// - Parameter signature: the value of `X-Webhook-Signature`.
    func hasPlainSignature(_ body: some DataProtocol, signature: String) -> Bool {
        var code = Data()
        var rest = signature[...]
        while let byte = UInt8(rest.prefix(2), radix: 16), rest.count >= 2 {
            code.append(byte)
            rest = rest.dropFirst(2)
        }
        let key = SymmetricKey(data: Data(secret.utf8))
        return rest.isEmpty && HMAC<SHA256>.isValidAuthenticationCode(code, authenticating: body, using: key)
    }
}
