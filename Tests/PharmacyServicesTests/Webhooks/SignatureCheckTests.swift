import Crypto
import Foundation
import PharmacyDomain
import Testing

@testable import PharmacyServices

@Suite("Why a signature matches or does not")
struct SignatureCheckTests {
    private static let key = Data((0..<32).map { UInt8($0) })
    private static let secret = "whsec_" + key.base64EncodedString()
    private static let body = Array(#"{"id":"1","event":"order.shipped"}"#.utf8)

    private static func sign(_ body: [UInt8], with key: some DataProtocol) -> String {
        HMAC<SHA256>.authenticationCode(for: body, using: SymmetricKey(data: Data(key)))
            .map { String(format: "%02x", $0) }.joined()
    }

    private func finding(_ signature: String, _ body: [UInt8] = body) throws -> SignatureFinding {
        let next = WebhookSigner(secret: "whsec_" + Data("another".utf8).base64EncodedString())
        return SignatureCheck(signer: try #require(WebhookSigner(secret: Self.secret)), next: next)
            .finding(on: signature, of: body)
    }

    @Test("A signature is found valid as it is sent, in upper case, and with a prefix that some libraries add")
    func valid() throws {
        let signature = Self.sign(Self.body, with: Data(Self.secret.utf8))
        for text in [signature, signature.uppercased(), " \(signature)\n", "sha256=\(signature)"] {
            #expect(try finding(text) == .valid)
        }
    }

    @Test("Each mistake is recognized")
    func mistakes() throws {
        let whole = Data(Self.secret.utf8)
        let next = Data(("whsec_" + Data("another".utf8).base64EncodedString()).utf8)
        #expect(try finding(Self.sign(Self.body, with: next)) == .nextSecret)
        #expect(try finding(Self.sign(Self.body, with: Self.key)) == .decodedKey)
        #expect(try finding(Self.sign(Self.body, with: Data(Self.secret.dropFirst(6).utf8))) == .keyWithoutPrefix)
        #expect(try finding("v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE=") == .standardHeader)
        for text in ["", "abc", String(repeating: "g", count: 64), String(repeating: "a", count: 65)] {
            #expect(try finding(text) == .malformed)
        }
        #expect(try finding(String(repeating: "a", count: 64)) == .other)
        let signature = Self.sign(Self.body, with: whole)
        for end in ["\n", "\r\n", "\n\n", " "] {
            #expect(try finding(signature, Self.body + Array(end.utf8)) == .lineEnds)
        }
        #expect(try finding(Self.sign(Self.body + Array("\n".utf8), with: whole)) == .lineEnds)
        let spaced = Array(#"{ "id": "1", "event": "order.shipped" }"#.utf8)
        #expect(try finding(signature, spaced) == .reserialized)
        #expect(try finding(signature, Array("not JSON".utf8)) == .other)
    }
}
