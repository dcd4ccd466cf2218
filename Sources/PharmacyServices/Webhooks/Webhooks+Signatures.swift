package import PharmacyDomain
internal import PharmacyStore

extension Webhooks {
    /// Finds out why a signature matches a body, or does not, with the tenant's own secrets.
    /// - Parameters:
    ///   - body: the bytes that were signed, as the receiver has them.
    ///   - signature: the value of `X-Webhook-Signature`, or what the receiver has computed.
    package func check(_ signature: String, of body: [UInt8], tenant: Tenant) async throws -> SignatureFinding {
        let now = environment.now
        let secrets = try await environment.read(tenant) { try $0.webhookSecrets() }.settled(at: now)
        guard let signer = WebhookSigner(secret: secrets.current) else {
            throw StoreError.broken("the webhook secret cannot be read")
        }
        return SignatureCheck(
            signer: signer, next: secrets.next.flatMap { WebhookSigner(secret: $0.secret) }
        ).finding(on: signature, of: body)
    }

    /// When a pending secret becomes the only one; `nil` if no rotation is in progress.
    package func pendingRotation(tenant: Tenant) async throws -> Timestamp? {
        let now = environment.now
        return try await environment.read(tenant) { try $0.webhookSecrets() }.settled(at: now).next?.activatesAt
    }
}

/// Compares a signature with those that typical mistakes lead to.
struct SignatureCheck: Sendable {
    let signer: WebhookSigner
    /// With the secret that is to replace the present one.
    let next: WebhookSigner?

    func finding(on signature: String, of body: [UInt8]) -> SignatureFinding {
        let text = signature.trimmed
        if text.hasPrefix("v1,") { return .standardHeader }
        let given = text.lowercased().replacing("sha256=", with: "")
        guard given.utf8.count == 64, Hexadecimal.bytes(given) != nil else { return .malformed }
        if signer.hexadecimalSignature(of: body) == given { return .valid }
        if next?.hexadecimalSignature(of: body) == given { return .nextSecret }
        let mistaken = signer.mistakenSignatures(of: body)
        if mistaken.decoded == given { return .decodedKey }
        if mistaken.withoutPrefix == given { return .keyWithoutPrefix }
        if SignatureCheck.otherEnds(of: body).contains(where: { signer.hexadecimalSignature(of: $0) == given }) {
            return .lineEnds
        }
        if let json = try? JSON.parse(body), signer.hexadecimalSignature(of: json.bytes) == given {
            return .reserialized
        }
        return .other
    }

    /// The body with other line ends, and with and without a line end after it. A form sends line ends as CR LF.
    private static func otherEnds(of body: [UInt8]) -> [[UInt8]] {
        let (cr, lf) = (UInt8(ascii: "\r"), UInt8(ascii: "\n"))
        let lines = body.filter { $0 != cr }
        var trimmed = lines
        while let last = trimmed.last, last == lf || last == UInt8(ascii: " ") { trimmed.removeLast() }
        return [lines, trimmed, trimmed + [lf], trimmed + [cr, lf]]
    }
}
