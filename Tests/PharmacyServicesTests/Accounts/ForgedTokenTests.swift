import Crypto
import Foundation
import PharmacyDomain
import PharmacyServices
import PharmacyStore
import PharmacyTestSupport
import Testing

/// Forged tokens (RFC 8725, RFC 9700): none is accepted.
@Suite("Forged access tokens", .timeLimit(.minutes(3)))
struct ForgedTokenTests {
    private let installation: TestInstallation
    private let pair: TokenPair
    private let header: JSON
    private let claims: JSON
    private let seed: [UInt8]

    init() async throws {
        installation = try await TestInstallation()
        let made = try await installation.accounts.createCredential(
            body: [:], authority: .setupToken(TestInstallation.setupToken), tenant: installation.tenant,
            idempotency: nil
        ).value
        pair = try await installation.accounts.issueToken(
            clientID: made["client_id"]?.text ?? "", clientSecret: made["client_secret"]?.text ?? "",
            tenant: installation.tenant)
        let parts = pair.accessToken.split(separator: ".").map(String.init)
        header = try JSON.parse(Self.bytes(parts[0]))
        claims = try JSON.parse(Self.bytes(parts[1]))
        seed = try #require(
            try await installation.environment.store.systemRead { try $0.signingKeys().first?.seed })
    }

    private static func bytes(_ base64URL: String) throws -> [UInt8] {
        let text = base64URL.replacing("-", with: "+").replacing("_", with: "/")
        let padded = text + String(repeating: "=", count: (4 - text.count % 4) % 4)
        return Array(try #require(Data(base64Encoded: padded)))
    }

    private static func text(_ bytes: some DataProtocol) -> String {
        Data(bytes).base64EncodedString().replacing("+", with: "-").replacing("/", with: "_").replacing("=", with: "")
    }

    private func with(_ changes: [String: JSON], in object: JSON) -> JSON {
        let unchanged = (object.members ?? []).filter { changes[$0.name] == nil }
        return .object(unchanged + changes.filter { !$0.value.isNull }.map { JSON.Member($0.key, $0.value) })
    }

    private func input(header: [String: JSON] = [:], claims: [String: JSON] = [:]) -> String {
        Self.text(with(header, in: self.header).bytes) + "." + Self.text(with(claims, in: self.claims).bytes)
    }

    /// A token signed with the installation's own key or with another one.
    private func signed(
        header: [String: JSON] = [:], claims: [String: JSON] = [:], seed: [UInt8]? = nil
    ) throws -> String {
        let key = try Curve25519.Signing.PrivateKey(rawRepresentation: seed ?? self.seed)
        let input = input(header: header, claims: claims)
        return input + "." + Self.text(try key.signature(for: Data(input.utf8)))
    }

    private func isAccepted(_ token: String, tenant: Tenant? = nil) async throws -> Bool {
        do {
            _ = try await installation.accounts.authenticate(accessToken: token, tenant: tenant ?? installation.tenant)
            return true
        } catch ServiceError.unauthenticated {
            return false
        }
    }

    @Test("A token like the server's is accepted, so that each forgery fails for its own reason")
    func control() async throws {
        #expect(try await isAccepted(pair.accessToken))
        #expect(try await isAccepted(signed()))
        #expect(header["alg"] == "EdDSA")
    }

    @Test("Another algorithm, or none, is not accepted")
    func algorithms() async throws {
        let publicKey = try Curve25519.Signing.PrivateKey(rawRepresentation: seed).publicKey.rawRepresentation
        for algorithm in ["none", "None", "NONE", ""] {
            for ending in ["", Self.text([0]), String(pair.accessToken.split(separator: ".")[2])] {
                #expect(try await !isAccepted(input(header: ["alg": .string(algorithm)]) + "." + ending))
            }
        }
        for secret in [Data(publicKey), Data(Self.text(publicKey).utf8), Data()] {
            let input = input(header: ["alg": "HS256"])
            let code = HMAC<SHA256>.authenticationCode(for: Data(input.utf8), using: SymmetricKey(data: secret))
            #expect(try await !isAccepted(input + "." + Self.text(Data(code))))
        }
        let rival = P256.Signing.PrivateKey()
        let es256 = input(header: ["alg": "ES256"])
        let signature = try rival.signature(for: Data(es256.utf8))
        #expect(try await !isAccepted(es256 + "." + Self.text(signature.rawRepresentation)))
    }

    @Test("A token signed by another key is not accepted, whatever its header names")
    func keys() async throws {
        let stranger = [UInt8](repeating: 9, count: 32)
        let key = try Curve25519.Signing.PrivateKey(rawRepresentation: stranger).publicKey.rawRepresentation
        let jwk: JSON = ["kty": "OKP", "crv": "Ed25519", "x": .string(Self.text(key))]
        for header in [
            [:], ["kid": "unknown"], ["kid": .null], ["kid": "../../dev/null"], ["jwk": jwk],
            ["jku": "https://attacker.example/keys"], ["x5u": "https://attacker.example/cert"],
            ["kid": .null, "jwk": jwk],
        ] as [[String: JSON]] {
            #expect(try await !isAccepted(signed(header: header, seed: stranger)))
        }
    }

    @Test("An altered payload or signature is not accepted")
    func tampering() async throws {
        let parts = pair.accessToken.split(separator: ".").map(String.init)
        let other = Self.text(with(["exp": 99_999_999_999], in: claims).bytes)
        #expect(try await !isAccepted("\(parts[0]).\(other).\(parts[2])"))
        var signature = try Self.bytes(parts[2])
        for index in [0, 31, 63] {
            signature[index] ^= 1
            #expect(try await !isAccepted("\(parts[0]).\(parts[1]).\(Self.text(signature))"))
            signature[index] ^= 1
        }
        for token in [
            "", ".", "..", "...", parts[0], "\(parts[0]).\(parts[1])", "\(parts[0]).\(parts[1]).",
            pair.accessToken + ".", pair.accessToken + "." + parts[2], " " + pair.accessToken, pair.accessToken + " ",
            String(repeating: "a", count: 100_000),
        ] {
            #expect(try await !isAccepted(token))
        }
    }

    @Test("Signed claims of another server, tenant or time are not accepted")
    func claimsOfOthers() async throws {
        let now = installation.time.now().seconds
        let unknown: JSON = "00000000-0000-4000-8000-000000000000"
        for changes in [
            ["iss": "attacker"], ["iss": .null], ["iss": "http://localhost"],
            ["iss": "http://localhost/pharmacy/acme/api/v1"], ["iss": "http://localhost/pharmacy/sandbox/api/v1/"],
            ["aud": "acme"], ["aud": .null], ["tenant": "acme"], ["tenant": .null],
            ["aud": "acme", "tenant": "acme"], ["exp": .integer(now)], ["exp": .integer(now - 1)], ["exp": .null],
            ["exp": "later"], ["nbf": .integer(now + 61)], ["iat": .integer(now + 61)], ["nbf": .null],
            ["sub": unknown],
            ["sub": .null],
            ["sub": "*"], ["fam": unknown], ["fam": .null], ["exp": -1],
        ] as [[String: JSON]] {
            #expect(try await !isAccepted(signed(claims: changes)), "\(changes.keys.sorted())")
        }
    }

    @Test(
        "Tokens stay valid when the public URL changes, and those that earlier versions signed until they expire",
        arguments: ["https://api.example.com/v/pharmacy/sandbox/api/v1", "united-pharmacy"])
    func earlierIssuers(issuer: String) async throws {
        #expect(claims["iss"] == "http://localhost/pharmacy/sandbox/api/v1")
        #expect(try await isAccepted(signed(claims: ["iss": .string(issuer)])))
        let now = installation.time.now().seconds
        #expect(try await !isAccepted(signed(claims: ["iss": .string(issuer), "exp": .integer(now)])))
    }

    @Test(
        "A token from a node whose clock is up to a minute ahead is accepted, and does not live longer",
        arguments: [1, 60])
    func leeway(seconds: Int64) async throws {
        let now = installation.time.now().seconds
        #expect(try await isAccepted(signed(claims: ["nbf": .integer(now + seconds), "iat": .integer(now + seconds)])))
        #expect(try await !isAccepted(signed(claims: ["exp": .integer(now)])))
    }

    @Test("Tokens of another kind, and of another tenant, are not accepted")
    func otherKinds() async throws {
        let operations = OperatorService(
            environment: installation.environment, setupTokens: SetupTokens(fixed: nil), wipeEvery: .hours(1)
        )
        _ = try await operations.createTenant(named: "acme", kind: .sandbox)
        let acme = try #require(try await installation.accounts.tenant(named: "acme"))
        #expect(try await !isAccepted(pair.accessToken, tenant: acme))
        // As if a stolen token had been signed again with the server's key: the family is not acme's.
        #expect(try await !isAccepted(signed(claims: ["aud": "acme", "tenant": "acme"]), tenant: acme))
        for token in [pair.refreshToken, TestInstallation.setupToken, "up_secret_" + String(repeating: "s", count: 43)]
        {
            #expect(try await !isAccepted(token))
        }
    }
}
