import Crypto
import Foundation
import PharmacyDomain
import PharmacyTestSupport
import Testing

@testable import PharmacyServices

@Suite("Why a signature matches or does not", .timeLimit(.minutes(2)))
struct SignatureCheckTests {
    private static let key = Data((0..<32).map { UInt8($0) })
    private static let secret = "whsec_" + key.base64EncodedString()
    private static let body = Array(#"{"id":"1","event":"order.shipped"}"#.utf8)

    private static func sign(_ body: [UInt8], with key: some DataProtocol) -> String {
        HMAC<SHA256>.authenticationCode(for: body, using: SymmetricKey(data: Data(key)))
            .map { String(format: "%02x", $0) }.joined()
    }

    private static let url = WebhookURL(stored: "http://127.0.0.1:9/registered")

    private static func secret(_ name: String) -> String { "whsec_" + Data(name.utf8).base64EncodedString() }

    private func report(
        _ signature: String, _ body: [UInt8] = body, owners: [WebhookSecretOwner: WebhookSecrets] = [:]
    ) throws -> SignatureReport {
        let next = WebhookSecrets.Next(
            secret: Self.secret("another"), activatesAt: Timestamp(milliseconds: 1_766_423_701_000))
        let all = owners.merging([.tenant: WebhookSecrets(current: Self.secret, next: next)]) { $1 }
        let candidates = all.compactMap { SignatureCheck.Candidate($0.key, $0.value) }
        #expect(candidates.count == all.count)
        return SignatureCheck(candidates: candidates).report(on: signature, of: body)
    }

    private func finding(_ signature: String, _ body: [UInt8] = body) throws -> SignatureFinding {
        let report = try report(signature, body)
        let isUnrelated = [.standardHeader, .malformed, .other].contains(report.finding)
        #expect(report.owner == (isUnrelated ? nil : .tenant))
        return report.finding
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

    @Test("Each mistake with the secret of an endpoint is recognized as that endpoint's")
    func endpoints() throws {
        func owner(_ number: UInt8) throws -> WebhookSecretOwner {
            .endpoint(try #require(EndpointID("2c1f7d3e-8a54-4b0e-9d6b-51c2f0a7e9\(number)")), Self.url)
        }
        let next = WebhookSecrets.Next(
            secret: Self.secret("next"), activatesAt: Timestamp(milliseconds: 1_766_423_701_000))
        let wanted = try owner(99)
        var owners = [wanted: WebhookSecrets(current: Self.secret("endpoint"), next: next)]
        for number in UInt8(10)..<UInt8(9 + EndpointRules.limit) {
            owners[try owner(number)] = WebhookSecrets(current: Self.secret("endpoint \(number)"))
        }
        #expect(owners.count == EndpointRules.limit)
        let whole = Data(Self.secret("endpoint").utf8)
        for (signature, finding) in [
            (Self.sign(Self.body, with: whole), SignatureFinding.valid),
            (Self.sign(Self.body, with: Data(Self.secret("next").utf8)), .nextSecret),
            (Self.sign(Self.body, with: Data("endpoint".utf8)), .decodedKey),
            (Self.sign(Self.body, with: whole.dropFirst(6)), .keyWithoutPrefix),
            (Self.sign(Self.body + Array("\n".utf8), with: whole), .lineEnds),
        ] {
            #expect(try report(signature, owners: owners) == SignatureReport(finding, owner: wanted))
        }
        #expect(
            try report(Self.sign(Self.body, with: Data(Self.secret("none").utf8)), owners: owners)
                == SignatureReport(.other))
    }

    @Test("A secret is tried as long as it is in use, for its tenant alone; the endpoint that is named is audited")
    func secretsInUse() async throws {
        let installation = try await TestInstallation()
        let (webhooks, tenant) = (installation.webhooks, installation.tenant)
        let other = try await installation.addTenant("other")
        let created = try await webhooks.createEndpoint(body: ["url": .string(Self.url.text)], tenant: tenant).value
        let owner = WebhookSecretOwner.endpoint(created.endpoint.id, Self.url)
        let signature = Self.sign(Self.body, with: Data(created.secret.utf8))
        func report(_ signature: String, by tenant: Tenant) async throws -> SignatureReport {
            try await webhooks.check(signature, of: Self.body, tenant: tenant)
        }
        #expect(try await report(signature, by: tenant) == SignatureReport(.valid, owner: owner))
        #expect(try await report(signature, by: other) == SignatureReport(.other))
        let rotated = try await webhooks.rotateSecret(of: created.endpoint.id, tenant: tenant, idempotency: nil).value
        let next = Self.sign(Self.body, with: Data(rotated.secret.utf8))
        #expect(try await report(signature, by: tenant) == SignatureReport(.valid, owner: owner))
        #expect(try await report(next, by: tenant) == SignatureReport(.nextSecret, owner: owner))
        try await installation.flushAudit()
        #expect(
            try await installation.audited(.endpointListed)
                == Array(repeating: [created.endpoint.id.description], count: 3))
        installation.time.advance(by: .hours(24))
        #expect(try await report(signature, by: tenant) == SignatureReport(.other))
        #expect(try await report(next, by: tenant) == SignatureReport(.valid, owner: owner))
        try await webhooks.deleteEndpoint(created.endpoint.id, tenant: tenant)
        #expect(try await report(next, by: tenant) == SignatureReport(.other))
    }
}
