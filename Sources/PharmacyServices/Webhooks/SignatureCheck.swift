internal import PharmacyDomain

/// Compares a signature with those that secrets lead to, rightly or by typical mistakes.
struct SignatureCheck: Sendable {
    /// Secrets that may have made the signature.
    struct Candidate: Sendable {
        let owner: WebhookSecretOwner
        private let signer: WebhookSigner
        /// With the secret that is to replace the present one.
        private let next: WebhookSigner?

        /// - Parameter secrets: those in effect now; `nil` for secrets that cannot be read.
        init?(_ owner: WebhookSecretOwner, _ secrets: WebhookSecrets) {
            guard let signer = WebhookSigner(secret: secrets.current) else { return nil }
            var next: WebhookSigner?
            if let pending = secrets.next {
                guard let signer = WebhookSigner(secret: pending.secret) else { return nil }
                next = signer
            }
            (self.owner, self.signer, self.next) = (owner, signer, next)
        }

        /// - Returns: `nil` where the code has nothing to do with these secrets.
        fileprivate func finding(on code: [UInt8], of body: SignedBody) -> SignatureFinding? {
            if signer.hasSigned(body.bytes, as: code) { return .valid }
            if next?.hasSigned(body.bytes, as: code) == true { return .nextSecret }
            if signer.hasSigned(body.bytes, as: code, reading: .decoded) { return .decodedKey }
            if signer.hasSigned(body.bytes, as: code, reading: .withoutPrefix) { return .keyWithoutPrefix }
            if body.otherEnds.contains(where: { signer.hasSigned($0, as: code) }) { return .lineEnds }
            if let compact = body.compact, signer.hasSigned(compact, as: code) { return .reserialized }
            return nil
        }
    }

    let candidates: [Candidate]

    func report(on signature: String, of body: [UInt8]) -> SignatureReport {
        let text = signature.trimmed
        if text.hasPrefix("v1,") { return SignatureReport(.standardHeader) }
        let given = text.lowercased().replacing("sha256=", with: "")
        guard given.utf8.count == 64, let code = Hexadecimal.bytes(given) else { return SignatureReport(.malformed) }
        let body = SignedBody(body)
        for candidate in candidates {
            guard let finding = candidate.finding(on: code, of: body) else { continue }
            return SignatureReport(finding, owner: candidate.owner)
        }
        return SignatureReport(.other)
    }
}

/// A body, and what typical mistakes make of it.
private struct SignedBody {
    let bytes: [UInt8]
    /// With other line ends, and with and without a line end after it. A form sends line ends as CR LF.
    let otherEnds: [[UInt8]]
    /// The same JSON in compact form; `nil` for a body that is no JSON.
    let compact: [UInt8]?

    init(_ bytes: [UInt8]) {
        let (cr, lf) = (UInt8(ascii: "\r"), UInt8(ascii: "\n"))
        let lines = bytes.filter { $0 != cr }
        var trimmed = lines
        while let last = trimmed.last, last == lf || last == UInt8(ascii: " ") { trimmed.removeLast() }
        self.bytes = bytes
        otherEnds = [lines, trimmed, trimmed + [lf], trimmed + [cr, lf]]
        compact = (try? JSON.parse(bytes))?.bytes
    }
}
