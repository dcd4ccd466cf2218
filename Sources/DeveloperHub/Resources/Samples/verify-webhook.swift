// Verifies a webhook. Needs the package swift-crypto: https://github.com/apple/swift-crypto, product Crypto.
// Usage: swift run verify-webhook < body
// SIGNATURE is the value of the X-Webhook-Signature header, WEBHOOK_SECRET your webhook secret (whsec_…).
import Crypto
import Foundation

func isAuthentic(_ body: Data, signature: String, secret: String) -> Bool {
    guard let code = bytes(hexadecimal: signature) else { return false }
    // Takes the same time wherever the first difference is.
    return HMAC<SHA256>.isValidAuthenticationCode(
        code, authenticating: body, using: SymmetricKey(data: Data(secret.utf8)))
}

/// The bytes that a hexadecimal text stands for, or `nil` if it is not hexadecimal.
func bytes(hexadecimal text: String) -> [UInt8]? {
    let digits = text.compactMap(\.hexDigitValue)
    guard digits.count == text.count, digits.count.isMultiple(of: 2) else { return nil }
    return stride(from: 0, to: digits.count, by: 2).map { UInt8(digits[$0] * 16 + digits[$0 + 1]) }
}

let environment = ProcessInfo.processInfo.environment
guard let signature = environment["SIGNATURE"], !signature.isEmpty,
    let secret = environment["WEBHOOK_SECRET"], !secret.isEmpty
else {
    FileHandle.standardError.write(Data("Set SIGNATURE and WEBHOOK_SECRET.\n".utf8))
    exit(2)
}
let body = FileHandle.standardInput.readDataToEndOfFile()  // The raw bytes, not yet parsed.
if isAuthentic(body, signature: signature, secret: secret) {
    print("authentic")
} else {
    print("not authentic")
    exit(1)
}
