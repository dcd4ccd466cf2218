internal import Crypto
package import PharmacyDomain

/// The signature of a report that the pharmacies' system sends: `t=<Unix seconds>,v1=<hexadecimal HMAC-SHA256>` over
/// the time, a dot and the exact body.
package struct CallbackSignature: Sendable, Redacted {
    package static let header = "Impetus-Signature"

    /// The longest header that is read, in bytes: a time and a few codes, while secrets are rotated.
    private static let lengthLimit = 1_024

    private let key: SymmetricKey

    /// - Parameter secret: the text that both sides share.
    package init(secret: String) {
        key = SymmetricKey(data: Array(secret.utf8))
    }

    package func header(body: [UInt8], sentAt moment: Timestamp) -> String {
        let seconds = String(moment.seconds)
        let code = HMAC<SHA256>.authenticationCode(for: signed(seconds, body), using: key)
        return "t=\(seconds),v1=\(Hexadecimal.text(code))"
    }

    /// Whether the header was made with the secret, for this body, no further from `now` than
    /// `ServiceLimits.pharmacyEventWindow`.
    package func isValid(_ header: String, body: [UInt8], at now: Timestamp) -> Bool {
        guard header.utf8.count <= CallbackSignature.lengthLimit, header.isASCII else {
            return false
        }
        var seconds: Substring?
        var codes: [[UInt8]] = []
        for part in header.split(separator: ",") {
            let pair = part.split(separator: "=", maxSplits: 1)
            guard pair.count == 2 else { return false }
            switch pair[0] {
            case "t": seconds = pair[1]
            case "v1": codes.append(Hexadecimal.bytes(pair[1]) ?? [])
            default: break
            }
        }
        guard let seconds, let number = Int64(seconds),
            number.subtractingReportingOverflow(now.seconds).partialValue.magnitude
                <= UInt64(ServiceLimits.pharmacyEventWindow.components.seconds)
        else { return false }
        // Computed once, however many codes the header has. The comparison takes constant time.
        let code = HMAC<SHA256>.authenticationCode(for: signed(String(seconds), body), using: key)
        return codes.contains { code == $0 }
    }

    private func signed(_ seconds: String, _ body: [UInt8]) -> [UInt8] { Array("\(seconds).".utf8) + body }
}
